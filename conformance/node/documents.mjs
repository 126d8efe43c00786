// Judges exported documents by the schemas that Rocket.Chat publishes of them, and by what its lists and clients ask for
// beyond those.
//
// The documents stay MongoDB Extended JSON. So the schemas are changed in three ways: a date is `{"$date": …}`, because a
// text is not a date in the database; the schemas of a TypeScript union accept a value that fits several of its types; a
// document has no other fields than its schema.

import { schemas } from '@rocket.chat/core-typings/dist/Ajv.js';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const DATE = {
	type: 'object',
	properties: {
		$date: {
			anyOf: [
				{ type: 'string', format: 'date-time' },
				// Relaxed Extended JSON writes dates before 1970 like this.
				{ type: 'object', properties: { $numberLong: { type: 'string', pattern: '^-?\\d+$' } }, required: ['$numberLong'], additionalProperties: false },
			],
		},
	},
	required: ['$date'],
	additionalProperties: false,
};

function changed(schema) {
	if (Array.isArray(schema)) return schema.map(changed);
	if (schema === null || typeof schema !== 'object') return schema;
	if (schema.type === 'string' && schema.format === 'date-time') return DATE;
	const entries = Object.entries(schema).map(([key, value]) => [key === 'oneOf' ? 'anyOf' : key, changed(value)]);
	return Object.fromEntries(entries);
}

const published = changed(schemas.components.schemas);
const components = { schemas: published };

// The published schemas have no contact. This is the published type `ILivechatContact`, as far as an import writes it.
const contact = {
	type: 'object',
	properties: {
		_id: { type: 'string' },
		name: { type: 'string' },
		phones: { type: 'array', items: { type: 'object', properties: { phoneNumber: { type: 'string' } }, required: ['phoneNumber'], additionalProperties: false } },
		emails: { type: 'array', items: { type: 'object', properties: { address: { type: 'string' } }, required: ['address'], additionalProperties: false } },
		contactManager: { type: 'string' },
		unknown: { type: 'boolean' },
		customFields: { type: 'object' },
		channels: { type: 'array', maxItems: 0 },
		importIds: { type: 'array', items: { type: 'string' } },
		createdAt: DATE,
		_updatedAt: DATE,
	},
	required: ['_id', 'name', 'channels', 'createdAt', '_updatedAt'],
};

// Each new user who has an address gets it by default.
const user = {
	required: ['username', 'status', 'services', '__rooms'],
	if: { required: ['emails'] },
	then: { properties: { services: { required: ['email2fa'] } } },
};

// What Rocket.Chat's lists ask of a file: they filter by these fields, and a missing one hides the file.
const file = {
	properties: {
		typeGroup: { type: 'string', pattern: '^[^/]+$' },
		complete: { const: true },
		uploading: { const: false },
		progress: { const: 1 },
		path: { type: 'string', pattern: '^/ufs/[^/]+/[^/]+/' },
		token: { type: 'string', pattern: '^[0-9a-f]{10}$' },
	},
	required: ['name', 'type', 'size', 'typeGroup', 'complete', 'uploading', 'progress', 'store', 'path', 'token', 'etag', 'uploadedAt', 'url', 'userId'],
};
const withExtension = {
	required: ['rid'],
	if: { properties: { name: { pattern: '[^.]\\.[^.]+$' } } },
	then: { required: ['extension'] },
};

const subscription = {
	required: ['fname'],
	if: { properties: { archived: { const: true } }, required: ['archived'] },
	then: { properties: { open: { const: false } } },
	else: { properties: { open: { const: true } } },
};

const COLLECTIONS = {
	users: [published.IUser, user],
	rocketchat_room: [published.IRoom, { properties: { sysMes: false } }],
	rocketchat_subscription: [published.ISubscription, subscription],
	rocketchat_message: [published.IMessage],
	rocketchat_uploads: [published.IUploadWithUser, file, withExtension],
	rocketchat_avatars: [published.IUploadWithUser, file],
	rocketchat_livechat_contact: [contact],
};

const ajv = addFormats(new Ajv({ strict: false, allErrors: true, verbose: true }));
const validators = Object.fromEntries(
	Object.entries(COLLECTIONS).map(([name, [schema, ...more]]) => [
		name,
		ajv.compile({ ...schema, additionalProperties: false, allOf: [{}, ...more], components }),
	]),
);

// An attachment that shows a file of the workspace passes as any attachment, because each field of one of the types is
// optional. Clients draw a player only for `type: "file"`.
const ofFile = published.MessageAttachment.anyOf.filter(({ $ref }) => published[$ref.split('/').pop()].properties.type?.enum?.includes('file'));
const KINDS = ['image', 'audio', 'video'];
const showsFile = ajv.compile({
	anyOf: ofFile,
	properties: { title_link_download: { const: true } },
	required: ['title', 'title_link', 'title_link_download', 'fileId'],
	allOf: [
		{
			anyOf: [
				...KINDS.map((kind) => ({ required: [`${kind}_url`, `${kind}_type`, `${kind}_size`] })),
				{ required: ['format', 'size'] },
			],
		},
	],
	components,
});

export const collections = Object.keys(COLLECTIONS);

// The place of a value in a document, whatever its number in a list.
const kindOf = (place) => place.replace(/\/\d+(?=\/|$)/g, '/…') || '/';

// The places of a document where there is `null`: `{$exists: false}` does not find such a field. What the source brought and
// Rocket.Chat does not read is left alone.
function* nulls(value, place = '') {
	if (value === null) yield { what: `${kindOf(place)} is null`, of: place };
	if (value === null || typeof value !== 'object') return;
	for (const [key, item] of Object.entries(value)) {
		if (place === '/_importFile' && key === 'original') continue;
		yield* nulls(item, `${place}/${key}`);
	}
}

// Characters of a value that are shown.
const SHOWN = 240;

// What a validator found. Where no schema of a union fits, why each of them does not fit is left out.
function* found(errors) {
	const unions = errors.filter(({ keyword }) => keyword === 'anyOf');
	for (const error of errors) {
		if (error.keyword === 'if' || unions.some((union) => union !== error && `${error.instancePath}/`.startsWith(`${union.instancePath}/`))) continue;
		const value = JSON.stringify(error.data);
		const what = `${kindOf(error.instancePath)} ${error.message} ${JSON.stringify(error.params)}`;
		yield { what, of: value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value };
	}
}

// What is wrong with a document of a collection: of each fault, what it is and the value that has it.
export function faults(collection, document) {
	const validate = validators[collection];
	const all = [...nulls(document)];
	if (!validate(document)) all.push(...found(validate.errors));
	if (collection === 'rocketchat_room' && document.t !== 'd' && !document.name) all.push({ what: '/name is missing', of: document.t });
	for (const attachment of collection === 'rocketchat_message' ? document.attachments ?? [] : []) {
		// Clients hand the colour to CSS.
		if (/^[0-9a-f]{3,8}$/i.test(attachment.color)) all.push({ what: 'the colour of an attachment lacks #', of: attachment.color });
		if (attachment.title_link?.startsWith?.('/file-upload/') && !showsFile(attachment)) {
			all.push({ what: 'the attachment of a file does not fit the published types, or clients cannot show it', of: JSON.stringify(attachment) });
		}
	}
	return all;
}
