// The tables of `crates/import-names`, made from the published packages: facts only, no code of theirs.
//
// `cargo xtask tables generate` writes them, and `tables.test.mjs` fails where a committed one differs.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

// esbuild must not bundle these: one is native, and two are read as text.
const load = createRequire(import.meta.url);

const header = (what) => `# ${what}. Made by \`cargo xtask tables generate\`; do not edit.\n`;

// --- Emoji ---------------------------------------------------------------------------------------------------------

export const slackEmoji = load('emoji-datasource/emoji.json');
const toolkit = Object.entries(load('emoji-toolkit/emoji.json'));

// Code points without variation selectors, which the packages set in different places.
const points = (unified) =>
	unified
		.toLowerCase()
		.split('-')
		.filter((point) => point !== 'fe0f')
		.map((point) => point.replace(/^0+/, ''))
		.join('-');
const character = (unified) => String.fromCodePoint(...unified.split('-').map((point) => parseInt(point, 16)));
const bare = (shortname) => shortname.slice(1, -1);

const byPoints = new Map(toolkit.map(([key, emoji]) => [points(emoji.code_points.fully_qualified || key), emoji]));
const byName = new Map(toolkit.flatMap(([, emoji]) => [emoji.shortname, ...emoji.shortname_alternates].map((name) => [bare(name), emoji])));

// The emoji that Rocket.Chat shows for a name, as code points.
export const rocketChatShows = (name) => {
	const emoji = byName.get(name);
	return emoji && points(emoji.code_points.fully_qualified || emoji.code_points.base);
};

const MODIFIERS = ['1F3FB', '1F3FC', '1F3FD', '1F3FE', '1F3FF'];

// The code points of an emoji with one skin tone. Two people have one each, both the same here.
export const toned = (emoji, modifier) => {
	const variation = emoji.skin_variations?.[modifier] ?? emoji.skin_variations?.[`${modifier}-${modifier}`];
	return variation && points(variation.unified);
};
export const plain = (emoji) => points(emoji.unified);
export { MODIFIERS };

// Names of the same pictures that Rocket.Chat's own Slack importer gives.
const OVERRIDES = { memo: 'pencil', uk: 'gb' };

// A name that Rocket.Chat knows for the same picture stays, whether its first or another one: clients look both up.
function renamed(name, emoji) {
	const picture = byPoints.get(points(emoji.unified));
	if (!picture) return name;
	if (name in OVERRIDES) {
		if (byName.get(OVERRIDES[name]) !== picture) throw new Error(`${OVERRIDES[name]} is another picture than ${name}`);
		return OVERRIDES[name];
	}
	return byName.get(name) === picture ? name : bare(picture.shortname);
}

// The names with a tone, with `#` for the tone's number; `undefined` where there are none.
function tonedPattern(name, emoji) {
	const tones = MODIFIERS.map((modifier) => byPoints.get(toned(emoji, modifier)));
	if (tones.some((tone) => !tone)) return undefined;
	const patterns = [`${name}_tone#`, bare(tones[0].shortname).replace('tone1', 'tone#')];
	const pattern = patterns.find((pattern) => tones.every((tone, index) => byName.get(pattern.replace('#', index + 1)) === tone));
	if (!pattern) throw new Error(`the names of ${name} with skin tones follow no pattern`);
	return pattern;
}

// Texts take names of these characters only; any other name has to be the character.
const IN_TEXT = /^[0-9a-zA-Z_+-]+$/;

export function emojiTable() {
	const lines = slackEmoji.flatMap((emoji) =>
		emoji.short_names.map((name) => {
			const known = byPoints.has(points(emoji.unified));
			const newName = renamed(name, emoji);
			const pattern = tonedPattern(newName, emoji);
			const fields = [
				name,
				newName === name ? '' : newName,
				pattern === `${newName}_tone#` ? '#' : (pattern ?? ''),
				known && IN_TEXT.test(newName) ? '' : character(emoji.unified),
			];
			return fields.join('\t').replace(/\t+$/, '');
		}),
	);
	// By code units, as the table is searched: the names are ASCII.
	lines.sort((a, b) => (a.split('\t')[0] < b.split('\t')[0] ? -1 : 1));
	return header("Slack's name, Rocket.Chat's where it differs, the one with a skin tone, the character for texts") + lines.join('\n') + '\n';
}

// --- Slugs ---------------------------------------------------------------------------------------------------------

export const limax = load('limax');
const fromLimax = createRequire(load.resolve('limax'));

// Variables of a package's source that it does not export.
function variables(path, names) {
	const source = readFileSync(fromLimax.resolve(path), 'utf8');
	return names.map((name) => {
		const found = new RegExp(`^( *)var ${name} = ([[{]\\n[^]*?\\n\\1[\\]}])`, 'm').exec(source);
		if (!found) throw new Error(`${path} has no ${name}`);
		return vm.runInNewContext(`(${found[2]})`);
	});
}

export function letterTable() {
	const names = ['charMap', 'lookAheadCharArray', 'diatricMap', 'langCharMap', 'symbolMap'];
	const [letters, stops, marks, languages, symbols] = variables('speakingurl/lib/speakingurl.js', names);
	if (Object.keys(languages.en).length > 0) throw new Error('English has letters of its own');
	const rows = (kind, entries) => entries.map(([from, to]) => `${kind}\t${from}\t${to}`);
	// The package looks up one character at a time, so it never finds a longer letter.
	const single = (map) => Object.entries(map).filter(([from]) => from.length === 1);
	const lines = [
		...rows('letter', single(letters)),
		...rows('mark', Object.entries(marks)),
		...[...stops].map((stop) => `stop\t${stop}`),
		...rows('symbol', single(symbols.en)),
	];
	return header('Letters, dependent marks, marks that join a letter to a mark, and symbols in English') + lines.join('\n') + '\n';
}

export function kanaTable() {
	const passes = [
		'katakanaHalfwidthsCombined',
		'katakanaHalfwidths',
		'hiraganaDigraphs',
		'katakanaDigraphs',
		'hiraganaMonographs',
		'katakanaMonographs',
	];
	const lines = variables('hepburn/lib/hepburn.js', passes).flatMap((map, pass) =>
		Object.entries(map).map(([from, to]) => `${pass}\t${from}\t${to}`),
	);
	return header('The pass, kana, and what replaces them; of one pass, the first line that fits') + lines.join('\n') + '\n';
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BLOCK = 256;

export function hanziTable() {
	const { pinyin, PINYIN_STYLE } = fromLimax('@napi-rs/pinyin');
	const readings = new Map();
	for (let point = 0x80; point < 0x110000; point++) {
		if (point >= 0xd800 && point < 0xe000) continue;
		const hanzi = String.fromCodePoint(point);
		const [reading] = pinyin(hanzi, { style: PINYIN_STYLE.WithToneNumEnd });
		// limax drops what is no ASCII letter or digit: `nü3` is `n3`.
		if (reading !== hanzi) readings.set(point, reading.replace(/[^0-9A-Za-z]/g, ''));
	}
	const syllables = [...new Set(readings.values())].sort();
	const code = new Map(syllables.map((syllable, index) => [syllable, DIGITS[Math.floor(index / 62)] + DIGITS[index % 62]]));
	const lines = [];
	for (let block = 0; block < 0x110000; block += BLOCK) {
		const codes = Array.from({ length: BLOCK }, (_, index) => code.get(readings.get(block + index)) ?? '..');
		if (codes.some((code) => code !== '..')) lines.push(`${(block / BLOCK).toString(16).padStart(4, '0')} ${codes.join('')}`);
	}
	const what = 'Readings, then two characters for each of the 256 code points of a block, which number its reading';
	return `${header(what)}${syllables.join(' ')}\n${lines.join('\n')}\n`;
}

// Every table by its path.
export const TABLES = {
	'crates/import-names/src/emoji.tsv': emojiTable,
	'crates/import-names/src/slug/letters.tsv': letterTable,
	'crates/import-names/src/slug/kana.tsv': kanaTable,
	'crates/import-names/src/slug/hanzi.txt': hanziTable,
};
