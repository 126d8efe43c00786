// Each document of the exports in the folder EXPORTS passes Rocket.Chat's own schemas, but for the differences that are
// listed; and the exports name no user and no room that a workspace would not have.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { DIFFERENCES } from './documents-differences.mjs';
import { collections, faults } from './documents.mjs';

const FOLDER = process.env.IMPORT_EXPORTS;
// Users and rooms that each workspace has and no export.
const USERS = ['rocket.cat'];
const ROOMS = ['GENERAL'];
// Mentions that are no users.
const EVERYBODY = ['all', 'here'];

const exports = readdirSync(FOLDER).sort();
const occurred = new Set();

function read(name, collection) {
	const lines = readFileSync(join(FOLDER, name, `${collection}.ndjson`), 'utf8').split('\n');
	return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

// What is wrong with a document that no listed difference explains. Notes which differences explain the rest.
function unexplained(collection, document) {
	if (faults(collection, document).length === 0) return [];
	const possible = DIFFERENCES.filter((difference) => difference.collection === collection && difference.alike(document) !== document);
	const alike = (differences) => differences.reduce((document, difference) => difference.alike(document), document);
	for (const difference of possible) {
		const others = alike(possible.filter((other) => other !== difference));
		if (faults(collection, others).length > faults(collection, alike(possible)).length) occurred.add(difference.name);
	}
	return faults(collection, alike(possible));
}

// A room shows its last message, which is a document of another kind.
function* judged(collection, document) {
	if (collection !== 'rocketchat_room' || !document.lastMessage) {
		yield [collection, document];
		return;
	}
	const { lastMessage, ...room } = document;
	yield [collection, room];
	yield ['rocketchat_message', lastMessage];
}

// Fails with one fault of each kind, and how many there are.
function assertNone(all) {
	const kinds = new Map();
	for (const fault of all) kinds.set(fault.what, [...(kinds.get(fault.what) ?? []), fault]);
	const shown = [...kinds].map(([what, [{ of }, ...more]]) => `${more.length + 1} × ${what}: ${of}`);
	assert.ok(all.length === 0, `${all.length} faults\n${shown.join('\n')}`);
}

test('there is something to judge in each collection', () => {
	for (const collection of collections) {
		const count = exports.reduce((sum, name) => sum + read(name, collection).length, 0);
		assert.ok(count > 0, `no export has a document in ${collection}`);
	}
});

for (const name of exports) {
	test(`the documents of ${name} pass Rocket.Chat's schemas`, (t) => {
		const all = [];
		let count = 0;
		for (const collection of collections) {
			for (const document of read(name, collection)) {
				count += 1;
				for (const [kind, part] of judged(collection, document)) {
					all.push(...unexplained(kind, part).map(({ what, of }) => ({ what: `${kind}: ${what}`, of: `${part._id}: ${of}` })));
				}
			}
		}
		t.diagnostic(`${count} documents`);
		assertNone(all);
	});

	test(`the documents of ${name} name users and rooms that are there`, () => {
		const documents = Object.fromEntries(collections.map((collection) => [collection, read(name, collection)]));
		const ids = (collection) => documents[collection].map(({ _id }) => _id);
		const users = new Set([...USERS, ...ids('users')]);
		const rooms = new Set([...ROOMS, ...ids('rocketchat_room')]);
		const all = [];
		const named = (document, field, known, given) => {
			for (const id of given) if (id !== undefined && !known.has(id)) all.push({ what: `${field} names nobody and nothing`, of: `${id}, of ${document._id}` });
		};
		for (const room of documents.rocketchat_room) {
			named(room, 'u', users, [room.u?._id]);
			named(room, 'uids', users, room.uids ?? []);
		}
		for (const member of documents.rocketchat_subscription) {
			named(member, 'u', users, [member.u._id]);
			named(member, 'rid', rooms, [member.rid]);
		}
		for (const message of [...documents.rocketchat_message, ...documents.rocketchat_room.flatMap(({ lastMessage }) => lastMessage ?? [])]) {
			named(message, 'rid', rooms, [message.rid]);
			const mentions = (message.mentions ?? []).map(({ _id }) => _id).filter((id) => !EVERYBODY.includes(id));
			named(message, 'a user field', users, [message.u._id, message.editedBy?._id, message.pinnedBy?._id, ...mentions, ...(message.replies ?? [])]);
			named(message, 'channels', rooms, (message.channels ?? []).map(({ _id }) => _id));
		}
		for (const upload of [...documents.rocketchat_uploads, ...documents.rocketchat_avatars]) {
			named(upload, 'userId', users, [upload.userId]);
			named(upload, 'rid', rooms, [upload.rid]);
		}
		for (const contact of documents.rocketchat_livechat_contact) named(contact, 'contactManager', users, [contact.contactManager]);
		for (const user of documents.users) {
			named(user, '__rooms', rooms, user.__rooms ?? []);
			named(user, 'roomRolePriorities', rooms, Object.keys(user.roomRolePriorities ?? {}));
		}
		assertNone(all);
	});

	test(`each owner in ${name} is one in the room, in the membership and in the user`, () => {
		const users = new Map(read(name, 'users').map((user) => [user._id, user]));
		const owners = read(name, 'rocketchat_subscription').filter(({ roles }) => roles?.includes('owner'));
		const all = [];
		for (const { rid, u } of owners) {
			const user = users.get(u._id);
			if (user && user.roomRolePriorities?.[rid] !== 0) all.push({ what: 'roomRolePriorities do not name an owner', of: `${u.username} in ${rid}` });
		}
		for (const room of read(name, 'rocketchat_room').filter(({ t }) => t !== 'd')) {
			if (!owners.some(({ rid, u }) => rid === room._id && u._id === room.u._id)) all.push({ what: 'the owner of a room has no membership as owner', of: room.name });
		}
		const direct = new Set(read(name, 'rocketchat_room').filter(({ t }) => t === 'd').map(({ _id }) => _id));
		for (const user of users.values()) {
			for (const rid of user.__rooms.filter((rid) => direct.has(rid))) all.push({ what: '__rooms has a direct room', of: `${rid} of ${user.username}` });
		}
		assertNone(all);
	});
}

test('an avatar is the one that its user has', () => {
	for (const name of exports) {
		const users = new Map(read(name, 'users').map((user) => [user._id, user]));
		for (const avatar of read(name, 'rocketchat_avatars')) {
			const user = users.get(avatar.userId);
			assert.deepEqual([avatar.name, user.avatarETag, user.avatarOrigin], [user.username, avatar.etag, 'url'], avatar._id);
		}
	}
});

test('a fetched file of each kind is shown', () => {
	const attachments = read('fetched', 'rocketchat_message').flatMap(({ attachments }) => attachments ?? []);
	const kinds = attachments.map((shown) => ['image', 'audio', 'video'].find((kind) => `${kind}_url` in shown) ?? 'other');
	assert.deepEqual(kinds.sort(), ['audio', 'image', 'other', 'other', 'video']);
});

test('each listed difference is there', () => {
	for (const { name } of DIFFERENCES) assert.ok(occurred.has(name), `${name}: no document of any export needs it`);
});

test('a fault of each kind is found', () => {
	const date = { $date: '2024-05-01T12:00:00.000Z' };
	const message = { _id: 'm', rid: 'r', msg: '', ts: date, u: { _id: 'ann', username: 'ann', name: 'Ann' }, _updatedAt: date };
	const shown = { type: 'file', title: 'a.pdf', title_link: '/file-upload/f/a.pdf', title_link_download: true, fileId: 'f', format: 'PDF', size: 3 };
	const right = [
		message,
		{ ...message, ts: { $date: { $numberLong: '-1' } }, attachments: [shown] },
		{ ...message, urls: [{ url: 'https://example.org', meta: {} }], attachments: [{ text: 'x', ts: date, color: '#2eb886' }] },
		{ ...message, editedAt: date, editedBy: { _id: 'ann', username: 'ann' }, bot: true },
	];
	for (const document of right) assert.deepEqual(unexplained('rocketchat_message', document), []);
	const wrong = [
		{ ...message, ts: '2024-05-01T12:00:00.000Z' },
		{ ...message, msg: date },
		{ ...message, alias: null },
		{ ...message, surplus: 1 },
		{ ...message, editedAt: '2024-05-01T12:00:00.000Z' },
		{ ...message, urls: [{ url: 'https://example.org' }] },
		{ ...message, attachments: [{ id: 1, text: 'x' }] },
		{ ...message, attachments: [{ text: 'x', ts: '2024-05-01T12:00:00.000Z' }] },
		{ ...message, attachments: [{ text: 'x', color: '2eb886' }] },
		{ ...message, attachments: [{ ...shown, type: undefined }] },
		{ ...message, attachments: [{ ...shown, format: undefined }] },
	];
	for (const document of wrong.map((document) => JSON.parse(JSON.stringify(document)))) {
		assert.notDeepEqual(unexplained('rocketchat_message', document), [], JSON.stringify(document));
	}
	const room = { _id: 'r', t: 'c', name: 'red', fname: 'Red', msgs: 0, usersCount: 0, u: message.u, ts: date, _updatedAt: date };
	assert.deepEqual(unexplained('rocketchat_room', room), []);
	for (const document of [{ ...room, sysMes: true }, { ...room, u: undefined }, { ...room, name: undefined }]) {
		assert.notDeepEqual(unexplained('rocketchat_room', JSON.parse(JSON.stringify(document))), [], JSON.stringify(document));
	}
});
