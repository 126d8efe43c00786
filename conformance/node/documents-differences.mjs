// Every way in which exported documents differ from Rocket.Chat's published schemas, with its reason.
//
// `alike` answers the document as the schemas describe it, or the same object where the difference is not in it. A field
// that is not of the form named here stays, and so stays a fault.

const isText = (value) => typeof value === 'string';
const isDate = (value) => value !== null && typeof value === 'object' && '$date' in value;
const isRef = (value) => isText(value?._id) && isText(value?.username);
const isTexts = (value) => Array.isArray(value) && value.every(isText);

function without(document, fields) {
	const there = fields.filter(([name, fits]) => name in document && fits(document[name])).map(([name]) => name);
	if (there.length === 0) return document;
	return Object.fromEntries(Object.entries(document).filter(([name]) => !there.includes(name)));
}

const lacks = (name, collection, reason, fields) => ({ name, collection, reason, alike: (document) => without(document, fields) });

export const DIFFERENCES = [
	{
		name: 'a direct room has no owner',
		collection: 'rocketchat_room',
		reason: 'IRoom asks each room for `u`. Rocket.Chat itself writes direct rooms without one.',
		alike: (room) => (room.t === 'd' && !('u' in room) ? { ...room, u: { _id: 'nobody', username: 'nobody', name: 'nobody' } } : room),
	},
	lacks(
		'rooms have import ids',
		'rocketchat_room',
		'IRoom does not have `importIds`. The importer of Rocket.Chat writes the field, and finds rooms by it.',
		[['importIds', isTexts]],
	),
	lacks(
		'an edited message says when it was edited and who did it',
		'rocketchat_message',
		'`editedAt` and `editedBy` are in IEditedMessage alone. Rocket.Chat writes them on the same documents.',
		[
			['editedAt', isDate],
			['editedBy', isRef],
		],
	),
	lacks(
		'a message of a program says `bot: true`',
		'rocketchat_message',
		'The typings contradict each other: `bot` is an object in IMessage and a boolean in IImportMessage. The importer of Rocket.Chat writes the boolean.',
		[['bot', (bot) => bot === true]],
	),
	lacks(
		'a placeholder user says that it is one',
		'users',
		'IUser does not have `importServer`. It is the field of this server for what Rocket.Chat has no field for.',
		[['importServer', (own) => own?.placeholder === true && Object.keys(own).length === 1]],
	),
	lacks(
		'a message names the file that it brings',
		'rocketchat_message',
		'IMessage does not have `_importFile`. The importer of Rocket.Chat writes it, and finds the files that are still to be fetched by it.',
		[['_importFile', (file) => isText(file?.id) && isText(file?.name)]],
	),
];
