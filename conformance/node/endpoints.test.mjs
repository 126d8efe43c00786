// Rocket.Chat's own client calls each of the fifteen endpoints, and Rocket.Chat's own validators judge each answer.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';

import * as published from './published.mjs';
import { admin, client, somebodyWithoutPermissions, until } from './server.mjs';

const ENDPOINTS = {
	'importers.list': 'GET',
	'import.new': 'POST',
	'import.addUsers': 'POST',
	'import.run': 'POST',
	'import.status': 'GET',
	'import.clear': 'POST',
	'uploadImportFile': 'POST',
	'downloadPublicImportFile': 'POST',
	'getImportFileData': 'GET',
	'startImport': 'POST',
	'getImportProgress': 'GET',
	'getCurrentImportOperation': 'GET',
	'getLatestImportOperations': 'GET',
	'downloadPendingFiles': 'POST',
	'downloadPendingAvatars': 'POST',
};

const REFUSALS = {
	400: published.validateBadRequestErrorResponse,
	401: published.validateUnauthorizedErrorResponse,
	403: published.validateForbiddenErrorResponse,
	404: published.validateNotFoundErrorResponse,
	500: published.validateInternalErrorResponse,
};

const succeeded = new Set();
const refused = { 400: new Set(), 401: new Set(), 403: new Set(), 404: new Set() };

class Refused extends Error {
	constructor(name, status, body) {
		super(`${name} answers ${status}: ${JSON.stringify(body)}`);
		Object.assign(this, { status, body });
	}
}

// The published client; each answer that it gets is judged by what is published of its status.
function judged(credentials) {
	const rest = client(credentials);
	rest.use(async ([endpoint, method, options], next) => {
		const name = endpoint.split('?')[0].split('/').pop();
		let response;
		try {
			response = await next(endpoint, method, options);
		} catch (error) {
			if (!(error instanceof Response)) throw error;
			response = error;
		}
		const body = await response.clone().json();
		if (response.ok) {
			if (!Array.isArray(body)) assert.equal(body.success, true, `${name} does not say that it succeeded`);
			succeeded.add(name);
			return response;
		}
		const isPublished = REFUSALS[response.status];
		assert.ok(isPublished, `${name} answers ${response.status}, of which nothing is published`);
		// The validators coerce what they are given, so that each gets a copy.
		assert.ok(isPublished(structuredClone(body)), `${name}: ${JSON.stringify([body, isPublished.errors])}`);
		refused[response.status].add(name);
		throw new Refused(name, response.status, body);
	});
	return rest;
}

const rest = judged(admin);

function call(rest, name, params) {
	return ENDPOINTS[name] === 'GET' ? rest.get(`/v1/${name}`, params) : rest.post(`/v1/${name}`, params);
}

// The refusal that a call ends with; anything else fails the test.
async function refusal(call) {
	try {
		await call;
	} catch (error) {
		if (error instanceof Refused) return error;
		throw error;
	}
	assert.fail('it was accepted');
}

// Operations are published with `ts` as text, and in two endpoints as milliseconds; the type knows the text alone.
function assertOperation(operation, { milliseconds } = {}) {
	if (milliseconds) assert.ok(Number.isSafeInteger(operation.ts), `ts is ${operation.ts}`);
	const copy = milliseconds ? { ...operation, ts: new Date(operation.ts).toISOString() } : operation;
	assert.ok(published.isOperation(copy), JSON.stringify([operation, published.isOperation.errors]));
}

const base64 = (text) => Buffer.from(text).toString('base64');
const CONTACTS = 'name,emails,phones\nAnn,ann@example.com,+15550001\nBob,bob@example.com,+15550002\n';

// Waits until a file is prepared; answers the selection.
function prepared() {
	return until(
		() => rest.get('/v1/getImportFileData'),
		(data) => !data.waiting,
	);
}

test('the importers are listed as an array of keys and names', async () => {
	const list = await rest.get('/v1/importers.list');
	for (const importer of list) assert.deepEqual(Object.keys(importer), ['key', 'name']);
	assert.deepEqual(list.map(({ key }) => key).sort(), ['csv', 'hipchatenterprise', 'omnichannel_contact', 'slack', 'slack-users']);
});

test('users are added and imported', async () => {
	const created = await rest.post('/v1/import.new');
	assertOperation(created.operation);
	assert.equal((await rest.get('/v1/import.status')).state, 'new');
	const users = [{ username: 'carol', emails: ['carol@example.com'], importIds: ['c-1'], type: 'user' }];
	assert.deepEqual(await rest.post('/v1/import.addUsers', { users }), { success: true });
	const ready = await rest.get('/v1/import.status');
	assert.equal(ready.state, 'ready');
	assertOperation(ready.operation);
	assert.deepEqual(await rest.post('/v1/import.run'), { success: true });
	const done = await until(
		() => rest.get('/v1/import.status'),
		(status) => status.state === 'done',
	);
	assertOperation(done.operation);
	assert.equal(done.operation.count.completed, 1);
	assert.deepEqual(await rest.post('/v1/import.clear'), { success: true });
});

test('a file is uploaded, chosen from and imported', async () => {
	const file = { binaryContent: base64(CONTACTS), contentType: 'text/csv', fileName: 'contacts.csv', importerKey: 'omnichannel_contact' };
	assert.deepEqual(await rest.post('/v1/uploadImportFile', file), { success: true });
	const selection = await prepared();
	assert.deepEqual(Object.keys(selection), ['name', 'users', 'channels', 'contacts', 'message_count', 'success']);
	assert.equal(selection.contacts.length, 2);
	for (const contact of selection.contacts) {
		assert.deepEqual(Object.keys(contact), ['id', 'name', 'emails', 'phones', 'do_import']);
	}
	const chosen = { contacts: { all: false, list: [selection.contacts[0].id] } };
	assert.deepEqual(await rest.post('/v1/startImport', { input: chosen }), { success: true });
	const progress = await until(
		() => rest.get('/v1/getImportProgress'),
		({ step }) => step === 'importer_done',
	);
	assert.deepEqual(progress, {
		key: 'omnichannel_contact',
		name: 'omnichannel_contacts_importer',
		step: 'importer_done',
		count: { completed: 1, total: 1 },
		success: true,
	});
	const { operation } = await rest.get('/v1/getCurrentImportOperation');
	assertOperation(operation, { milliseconds: true });
	const latest = await rest.get('/v1/getLatestImportOperations');
	for (const operation of latest) assertOperation(operation, { milliseconds: true });
	assert.equal(latest[0]._id, operation._id);
});

test('a file is fetched and prepared', async () => {
	const files = createServer((_, response) => response.end(CONTACTS));
	await new Promise((resolve) => files.listen(0, '127.0.0.1', resolve));
	after(() => files.close());
	const fileUrl = `http://127.0.0.1:${files.address().port}/contacts.csv`;
	const accepted = await rest.post('/v1/downloadPublicImportFile', { fileUrl, importerKey: 'omnichannel_contact' });
	assert.deepEqual(accepted, { success: true });
	assert.equal((await prepared()).contacts.length, 2);
});

test('pending files and avatars are counted', async () => {
	for (const name of ['downloadPendingFiles', 'downloadPendingAvatars']) {
		const answer = await rest.post(`/v1/${name}`);
		assert.deepEqual(answer, { count: 0, success: true }, name);
	}
});

test('a rule refuses in a published form', async () => {
	await rest.post('/v1/import.clear');
	const unknown = { binaryContent: base64('x'), contentType: '', fileName: 'x.png', importerKey: 'png' };
	const cases = [
		['import.addUsers', { users: [] }, 200],
		['import.addUsers', { users: [{ emails: ['a@example.com'], importIds: ['1'] }] }, 'Import operation not initialized.'],
		['import.run', undefined, 'error-operation-not-found'],
		['startImport', { input: {} }, 'error-operation-not-found'],
		['uploadImportFile', unknown, 'The importer (png) has no import class defined. [error-importer-not-defined]'],
		['downloadPublicImportFile', { fileUrl: 'ftp://a/b', importerKey: 'csv' }, 'ftp://a/b [error-import-file-missing]'],
	];
	for (const [name, params, expected] of cases) {
		if (expected === 200) {
			await call(rest, name, params);
			continue;
		}
		const { status, body } = await refusal(call(rest, name, params));
		assert.deepEqual([status, body.error], [400, expected], name);
	}
});

test('what is not of the documented form is refused in a published form', async () => {
	for (const name of ['import.addUsers', 'uploadImportFile', 'downloadPublicImportFile', 'startImport']) {
		const { status, body } = await refusal(call(rest, name, { surplus: 1 }));
		assert.deepEqual([status, body.errorType], [400, 'invalid-params'], name);
	}
	for (const name of ['importers.list', 'getImportFileData', 'getImportProgress', 'getCurrentImportOperation', 'getLatestImportOperations']) {
		const { status, body } = await refusal(call(rest, name, { surplus: 1 }));
		assert.deepEqual([status, body.errorType], [400, 'invalid-params'], name);
	}
});

test('whoever is not logged in is refused in a published form by each endpoint', async () => {
	const strangers = [undefined, { ...admin, 'X-Auth-Token': 'wrong' }, { ...admin, 'X-User-Id': 'nobody' }];
	for (const credentials of strangers) {
		for (const name of Object.keys(ENDPOINTS)) {
			const { status } = await refusal(call(judged(credentials), name));
			assert.equal(status, 401, name);
		}
	}
	assert.deepEqual(refused[401], new Set(Object.keys(ENDPOINTS)));
});

test('whoever lacks the permission is refused in a published form by each endpoint', async () => {
	const plain = judged(await somebodyWithoutPermissions());
	for (const name of Object.keys(ENDPOINTS)) {
		const { status } = await refusal(call(plain, name));
		assert.equal(status, 403, name);
	}
	assert.deepEqual(refused[403], new Set(Object.keys(ENDPOINTS)));
});

test('a path without an endpoint is answered in a published form', async () => {
	const { status } = await refusal(rest.get('/v1/import.nothing'));
	assert.equal(status, 404);
});

test('each of the fifteen endpoints succeeded', () => {
	assert.deepEqual([...succeeded].sort(), Object.keys(ENDPOINTS).sort());
});
