// Names of rooms, by hand and by rule, in every script that `limax` knows and in some that it does not.

const BY_HAND = [
	'general', 'Größe & Maß', 'Команда', 'Ελλάδα', 'a_b.c', 'Þór', '開発_部', 'Über Räume', 'Général  Chat', 'Łódź', 'Straße & Co.',
	'İstanbul ığüşöç', 'Đường phố', 'Tiếng Việt ằẳẵặ', 'smörgåsbord', 'Ærø Œuvre', 'ñandú ¿qué?', 'čřžýáíéůň', 'őű ŐŰ', 'ţăâîş', 'Ķīļš',
	'Україна їжак ґедзь', 'Беларусь ў', 'Ѓорѓи ќе џвака', 'Қазақстан', 'Србија Љубав', 'Ηλιος ΑΒΓΔ', 'ქართული ენა', 'العربية', 'مرحبا بالعالم ١٢٣',
	'فارسی ۴۵۶', 'اردو', 'Հայերեն', 'עברית', 'ไทย', '한국', '한국 team', 'हिन्दी', 'தமிழ்', 'မြန်မာ', 'ရန်ကုန်', 'ကိုာ', 'ကိုာက', 'ދިވެހި',
	'カタカナ', 'ひらがな', 'サーバー', 'ｶﾞｯｺｳ', 'ﾊﾟｰﾃｨｰ', 'まっちゃ', 'しんや', 'さんぽ', 'ヴェネツィア', 'ファイル共有', '日本語の部屋', 'ゃゅょ', 'ー', 'っ', 'あっ', 'んん',
	'あ_い.う/え', 'ア–イ', "ア'イ", 'あ🎣い', 'ッ🎣ア', 'ッッカ', 'アッ', 'あ m\'k', 'キャーッチ', 'コーヒー2024',
	'中文', '重庆', '银行行长', '音乐', '了解', '会议-2024', '5月', '中文room', 'room中文 a b', '中A B中', 'A中B', '了a的', '了 a 的', '女 绿', '中！国', '㐀中', '㐀',
	'中々', '﨑', '々', '日本 語', 'é中ü', '中\t文', '中 1 2 3', '中1-2', '𠀀中', '𠀀', '中🎣文', '한국中', 'русский中文', '中-a-文', '中.文_字',
	'emoji-🎣', '🎣', '👩‍👩‍👧', 'ＡＢＣ', '１２３', 'ﬁn', '½ ¼', 'x²', '№5', '™ © ®', '…', '•', '“quoted”', '‘single’', '„low“', '†‡',
	'50% off', '$ US', '€uro', '£5', '¥5', '₹100', '₽', '₺', '₩', '₿', '¢', '$€£', 'a$b', '$1', '1$', 'a & b', 'a&b', '&', '&&', '&&&', '<b>', 'a<b', '|', 'a|b|c',
	'♥', '♥∞', '♥ a', 'a♥', '∆∑¤', '& é', '&é', 'é&', '♥🎣♥', '&_&', '&-&', '♥$', '$♥', '&ь', 'ь', 'ъь', 'ь&ь',
	'!!!', '', ' ', '   ', '-', '--', '_', '__a__', '-_-', '  --a -- b--  ', 'a  b', 'a\tb', 'a\nb', 'a\u00a0b', 'a\u2003b', '\ufeffa', 'a\u0085b', 'a\u200bb', 'a\u3000b',
	"it's", "rock 'n' roll", "'a'", "''", "'''", "a'b'c", 'a’b’c', "a''b", "😀'😀'x", "中'文", 'a\u0301b', 'e\u0301', 'Gro\u0308ße', 'n\u0303', 'a′b‵c',
	'a/b\\c', 'team–x—y', 'user@example.org', 'https://example.org/a?b=c#d', '#general', '@here', '(a)[b]{c}', 'a+b=c', 'a~b', 'a*b', 'a^b', 'a:b;c', '"a"', '\u0000a',
	'CamelCase', 'UPPER', 'MiXeD Éa', 'constructor', '__proto__', 'toString', 'a.b.c.', '.hidden', '2024', '1-2-3', 'a1b2', 'v1.2.3',
];

const SCRIPTS = {
	// From, to.
	'Latin': [[0xa0, 0x24f], [0x1e00, 0x1eff]],
	'marks': [[0x300, 0x36f]],
	'Greek': [[0x370, 0x3ff], [0x1f00, 0x1fff]],
	'Cyrillic': [[0x400, 0x52f]],
	'Armenian': [[0x530, 0x58f]],
	'Hebrew': [[0x590, 0x5ff]],
	'Arabic': [[0x600, 0x6ff]],
	'Dhivehi': [[0x780, 0x7bf]],
	'Thai': [[0xe00, 0xe7f]],
	'Georgian': [[0x10a0, 0x10ff]],
	'Burmese': [[0x1000, 0x109f]],
	'symbols': [[0x2000, 0x22ff], [0x2600, 0x26ff]],
	'kana': [[0x3000, 0x30ff], [0xff00, 0xffef]],
	'hanzi': [[0x3400, 0x9fff], [0xf900, 0xfaff], [0x20000, 0x200ff]],
	'Korean': [[0xac00, 0xac7f]],
	'emoji': [[0x1f300, 0x1f64f]],
	'ASCII': [[0x20, 0x7e]],
};

// Each character of each range, in names of 16: what it becomes, beside others of its script.
function everyCharacter() {
	return Object.values(SCRIPTS).flatMap((ranges) =>
		ranges.flatMap(([from, to]) =>
			Array.from({ length: Math.ceil((to - from + 1) / 16) }, (_, row) =>
				Array.from({ length: Math.min(16, to - from + 1 - row * 16) }, (_, at) => String.fromCodePoint(from + row * 16 + at)).join(''),
			),
		),
	);
}

// Names of one to three words in one script or two, with what stands between words.
function madeUp(count, seed) {
	let state = seed >>> 0;
	const below = (limit) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 4294967296) * limit);
	};
	const pick = (list) => list[below(list.length)];
	const between = [' ', '-', '_', '.', ' & ', "'", '', '/', ' - ', '  ', '♥', '2'];
	const word = (ranges) =>
		Array.from({ length: 1 + below(5) }, () => {
			const [from, to] = pick(ranges);
			return String.fromCodePoint(from + below(to - from + 1));
		}).join('');
	return Array.from({ length: count }, () => {
		const scripts = [pick(Object.values(SCRIPTS)), pick(Object.values(SCRIPTS)), SCRIPTS.ASCII];
		return Array.from({ length: 1 + below(3) }, () => word(pick(scripts)) + pick(between)).join('') + word(pick(scripts));
	});
}

export const names = (seed) => [...BY_HAND, ...everyCharacter(), ...madeUp(2000, seed)];
