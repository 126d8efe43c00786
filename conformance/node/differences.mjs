// Every way in which this server reads a request otherwise than Rocket.Chat's published validators do, with its reason.
//
// `alike` brings a body to a form that both read alike, the way that this server reads it; so a difference explains a
// verdict exactly where the verdicts agree on the body that it gives. `example` is a body on which they disagree.

const OBJECT = Symbol('object');

// What is due where, as far as a difference depends on it. `?` stands for an optional field.
const STRING = { is: 'string' };
const strings = { is: 'array', of: STRING };
const choice = { is: OBJECT, fields: { 'all?': { is: 'boolean' }, 'list?': strings } };
const user = {
	is: OBJECT,
	fields: {
		'emails': strings,
		'importIds': strings,
		'username?': STRING,
		'name?': STRING,
		'utcOffset?': { is: 'number' },
		'avatarUrl?': STRING,
		'deleted?': { is: 'boolean' },
		'statusText?': STRING,
		'roles?': strings,
		'type?': { is: 'type' },
		'bio?': STRING,
		'password?': STRING,
	},
};

export const FORMS = {
	'import.addUsers': { is: OBJECT, fields: { users: { is: 'array', of: user } } },
	'uploadImportFile': {
		is: OBJECT,
		fields: { binaryContent: { is: 'base64' }, contentType: STRING, fileName: STRING, importerKey: STRING },
	},
	'downloadPublicImportFile': { is: OBJECT, fields: { fileUrl: STRING, importerKey: STRING } },
	'startImport': {
		is: OBJECT,
		fields: { input: { is: OBJECT, fields: { 'users?': choice, 'channels?': choice, 'contacts?': choice } } },
	},
};

// Stands for a value that no validator takes.
const REFUSED = { refused: true };
const ABSENT = Symbol('absent');

const NUMERAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

const scalar = (value) => ['string', 'number', 'boolean'].includes(typeof value);
const readsText = (form) => form.is === 'string' || form.is === 'base64' || form.is === 'type';

export const DIFFERENCES = [
	{
		name: 'null for an optional field is an absent field',
		reason: 'The protocol: `null` for an optional field means that it is absent. The validators say so of the fields of a user alone, and refuse it in a selection.',
		example: ['startImport', { input: { users: { list: null } } }],
		alike: (value, form, { optional }) => (value === null && optional ? ABSENT : value),
	},
	{
		name: 'null for a required text is a missing text',
		reason: 'The validators make it the empty text. An absent field is what `null` says, and these may not be absent.',
		example: ['uploadImportFile', { binaryContent: 'eA==', contentType: null, fileName: 'x.csv', importerKey: 'csv' }],
		alike: (value, form, { optional, inList }) => (value === null && readsText(form) && !optional && !inList ? REFUSED : value),
	},
	{
		name: 'null in a list of texts is no text',
		reason: 'The validators make it the empty text, and the rules would refuse the whole request for that, or choose nothing by it; here the place is named.',
		example: ['import.addUsers', { users: [{ emails: [null], importIds: ['1'] }] }],
		alike: (value, form, { inList }) => (value === null && form.is === 'string' && inList ? REFUSED : value),
	},
	{
		name: 'only null is null',
		reason: 'The validators make `""`, `0` and `false` null where null is allowed: `roles: ""`. What a client means by them is not known, so they are refused.',
		example: ['import.addUsers', { users: [{ emails: [], importIds: [], roles: '' }] }],
		alike: (value, form, { optional }) =>
			optional && (value === '' || ((value === 0 || value === false) && form.is === 'array')) && !readsText(form) ? REFUSED : value,
	},
	{
		name: 'a boolean is no number',
		reason: 'The protocol: a numeric string where a number is due becomes the number. The validators make `true` the hour 1.',
		example: ['import.addUsers', { users: [{ emails: [], importIds: [], utcOffset: true }] }],
		alike: (value, form) => (typeof value === 'boolean' && form.is === 'number' ? REFUSED : value),
	},
	{
		name: 'only decimal numerals are numeric strings',
		reason: 'The validators take what JavaScript takes: blank text for 0, `0x10` for 16, and `Infinity`, which is no number of hours.',
		example: ['import.addUsers', { users: [{ emails: [], importIds: [], utcOffset: '0x10' }] }],
		alike: (value, form) => (form.is === 'number' && typeof value === 'string' && !NUMERAL.test(value) ? REFUSED : value),
	},
	{
		name: 'a user is a user or a bot',
		reason: 'The published type of a user names these two; the validators take any text, and a user of another type would be one that nothing knows.',
		example: ['import.addUsers', { users: [{ emails: [], importIds: [], type: 'robot' }] }],
		alike: (value, form) => (form.is === 'type' && scalar(value) && !['user', 'bot'].includes(value) ? REFUSED : value),
	},
	{
		name: 'a file is base64, and not empty',
		reason: 'The protocol: base64 is checked before the current operation is touched. The validators take any text, and the import fails later.',
		example: ['uploadImportFile', { binaryContent: '*', contentType: '', fileName: 'x.csv', importerKey: 'csv' }],
		alike: (value, form, { body }) => {
			if (form.is !== 'base64' || !scalar(value)) return value;
			const text = String(value).replace(/\s/g, '');
			const isBase64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text);
			const needsFile = !String(body.importerKey).startsWith('pending-');
			return isBase64 && (text !== '' || !needsFile || String(body.importerKey) === 'png') ? value : REFUSED;
		},
	},
];

// The body after one difference, or after several.
export function alike(body, endpoint, differences) {
	return differences.reduce((body, difference) => walk(body, FORMS[endpoint], { body }, difference.alike), body);
}

function walk(value, form, at, rewrite) {
	const written = rewrite(value, form, at);
	if (written !== value || value === null || typeof value !== 'object') return written;
	if (form.is === 'array' && Array.isArray(value)) {
		return value.map((item) => walk(item, form.of, { body: at.body, inList: true }, rewrite));
	}
	if (form.is !== OBJECT || Array.isArray(value)) return value;
	const fields = Object.entries(value).map(([key, item]) => {
		const field = form.fields[key] ?? form.fields[`${key}?`];
		return [key, field ? walk(item, field, { body: at.body, optional: !(key in form.fields) }, rewrite) : item];
	});
	return Object.fromEntries(fields.filter(([, item]) => item !== ABSENT));
}
