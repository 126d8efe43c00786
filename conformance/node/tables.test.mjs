// The tables of names are what the published packages give, and what is made with them is what Rocket.Chat makes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { names } from './names.mjs';
import { MODIFIERS, TABLES, limax, plain, rocketChatShows, slackEmoji, toned } from './tables.mjs';

const SEED = Number(process.env.IMPORT_SEED ?? 1);

// What this project gives for each name.
function ours(what, names) {
	const { status, stdout, stderr } = spawnSync(process.env.IMPORT_XTASK, ['tables', what], {
		input: JSON.stringify(names),
		encoding: 'utf8',
		maxBuffer: 1 << 26,
	});
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
}

for (const [path, table] of Object.entries(TABLES)) {
	test(`${path} is what the packages give`, () => {
		const committed = readFileSync(join(process.env.IMPORT_ROOT, path), 'utf8');
		assert.ok(committed === table(), `${path} differs: \`cargo xtask tables generate\` writes again`);
	});
}

test('every standard emoji of Slack has a name that Rocket.Chat shows as the same picture', (t) => {
	const all = slackEmoji.flatMap((emoji) => emoji.short_names.map((name) => ({ emoji, name })));
	const answers = ours('emoji', all.map(({ name }) => name));
	let renamed = 0;
	const missing = [];
	for (const [index, { emoji, name }] of all.entries()) {
		assert.ok(answers[index], `${name} is not found`);
		const [given, tones, character] = answers[index];
		renamed += given !== name;
		if (rocketChatShows(given) !== plain(emoji)) {
			missing.push(name);
			assert.equal(given, name);
			assert.ok(character, `${name} has no character for texts`);
		}
		for (const [tone, modifier] of MODIFIERS.entries()) {
			const expected = toned(emoji, modifier);
			if (tones[tone] !== null) assert.equal(rocketChatShows(tones[tone]), expected, `${name} with tone ${tone + 1}`);
			else assert.equal(expected, undefined, `${name} has a tone ${tone + 1}`);
		}
	}
	t.diagnostic(`${all.length} names: ${renamed} are changed, Rocket.Chat lacks ${missing.length} (${missing.join(', ')})`);
	assert.ok(missing.length < 10, 'Rocket.Chat lacks many emoji');
});

// Where a slug differs on purpose. Each has to occur.
const DIFFERENCES = [
	{
		name: 'marks that are unknown together are read one after the other',
		reason: 'limax writes "undefined" for combinations of Burmese and Dhivehi marks that it does not know, or throws at the end of a name.',
		explains: (name, theirs) => /[\u1000-\u109f\u0780-\u07bf]/.test(name) && (theirs === undefined || theirs.includes('undefined')),
	},
];

function slugOf(name) {
	try {
		return limax(name, { maintainCase: true });
	} catch (error) {
		assert.ok(error instanceof TypeError);
		return undefined;
	}
}

test('slugs are those of limax, but for the listed differences', (t) => {
	const all = names(SEED);
	assert.ok(all.length >= 500);
	const slugs = ours('slugs', all);
	const explained = new Map();
	const differing = [];
	for (const [index, name] of all.entries()) {
		const theirs = slugOf(name);
		if (slugs[index] === theirs) continue;
		const difference = DIFFERENCES.find(({ explains }) => explains(name, theirs));
		if (difference) explained.set(difference.name, (explained.get(difference.name) ?? 0) + 1);
		else differing.push([name, theirs, slugs[index]]);
	}
	assert.deepEqual(differing, [], 'name, slug of limax, slug of ours');
	t.diagnostic(`${all.length} names`);
	for (const [name, count] of explained) t.diagnostic(`${count} differ: ${name}`);
	for (const { name } of DIFFERENCES) assert.ok(explained.has(name), `${name}: no name differs in this way`);
});

test('limax reads the hanzi of a phrase one by one', () => {
	for (const phrase of ['重庆', '银行行长', '音乐', '了解', '都是', '还有', '睡觉', '中国人民银行']) {
		const single = [...phrase].map((hanzi) => limax(hanzi, { maintainCase: true })).join('-');
		assert.equal(limax(phrase, { maintainCase: true }), single);
	}
});
