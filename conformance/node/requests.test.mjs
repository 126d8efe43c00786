// The same requests, well-formed and spoilt, are read by Rocket.Chat's validators and by this server; where they disagree,
// a difference that is listed by name has to explain it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DIFFERENCES, alike } from './differences.mjs';
import { generator } from './generate.mjs';
import * as published from './published.mjs';
import { admin, url } from './server.mjs';

const COUNT = Number(process.env.IMPORT_BODIES);
const SEED = Number(process.env.IMPORT_SEED);

const BODIES = {
	'import.addUsers': published.isImportAddUsersParamsPOST,
	'uploadImportFile': published.isUploadImportFileParamsPOST,
	'downloadPublicImportFile': published.isDownloadPublicImportFileParamsPOST,
	'startImport': published.isStartImportParamsPOST,
};

const QUERIES = {
	'importers.list': published.isImportersListParamsGET,
	'getImportFileData': published.isGetImportFileDataParamsGET,
	'getImportProgress': published.isGetImportProgressParamsGET,
	'getCurrentImportOperation': published.isGetCurrentImportOperationParamsGET,
	'getLatestImportOperations': published.isGetLatestImportOperationsParamsGET,
};

// The validators coerce what they are given, so that each gets a copy.
const theirs = (validator, value) => validator(structuredClone(value));

// Whether this server finds that a request is of the documented form; rules may refuse it all the same.
async function ours(path, options) {
	const response = await fetch(`${url}/api/v1/${path}`, { ...options, headers: { ...admin, ...options.headers } });
	const body = await response.json();
	assert.ok([200, 400].includes(response.status), `${path} answers ${response.status}: ${JSON.stringify(body)}`);
	return { read: body.errorType !== 'invalid-params', said: body.error ?? 'nothing' };
}

const post = (body) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

for (const [endpoint, validator] of Object.entries(BODIES)) {
	test(`bodies of ${endpoint} are read as the published validator reads them, but for the listed differences`, async (t) => {
		const requests = generator(SEED);
		const explained = new Map();
		let accepted = 0;
		for (let number = 0; number < COUNT; number++) {
			// What JSON cannot hold is not sent, and not judged.
			const body = JSON.parse(JSON.stringify(requests.body(endpoint)));
			const { read, said } = await ours(endpoint, post(JSON.stringify(body)));
			accepted += read;
			if (read === theirs(validator, body)) continue;
			const names = DIFFERENCES.filter((difference) => theirs(validator, alike(body, endpoint, [difference])) === read);
			if (names.length === 0) {
				const all = theirs(validator, alike(body, endpoint, DIFFERENCES)) === read;
				assert.ok(all, `no listed difference explains that this is ${read ? 'read' : 'refused'} (${said}): ${JSON.stringify(body)}`);
			}
			for (const { name } of names) explained.set(name, (explained.get(name) ?? 0) + 1);
		}
		t.diagnostic(`${COUNT} bodies, of which the server reads ${accepted}`);
		for (const [name, count] of explained) t.diagnostic(`${count} differ: ${name}`);
		assert.ok(accepted > COUNT / 10 && accepted < COUNT, 'the bodies are all read, or hardly any');
	});
}

test('each listed difference is there', async () => {
	for (const difference of DIFFERENCES) {
		const [endpoint, body] = difference.example;
		const { read } = await ours(endpoint, post(JSON.stringify(body)));
		assert.notEqual(read, theirs(BODIES[endpoint], body), `${difference.name}: there is none`);
		assert.equal(read, theirs(BODIES[endpoint], alike(body, endpoint, [difference])), `${difference.name}: it is another one`);
	}
});

for (const [endpoint, validator] of Object.entries(QUERIES)) {
	test(`queries of ${endpoint} are read as the published validator reads them`, async () => {
		const requests = generator(SEED);
		for (let number = 0; number < 50; number++) {
			const query = requests.query();
			const { read, said } = await ours(`${endpoint}?${new URLSearchParams(query)}`, {});
			assert.equal(read, theirs(validator, query), `${JSON.stringify(query)}: ${said}`);
		}
	});
}

test('the endpoints that take no body read none, whatever the published validators say of it', async () => {
	// The published client sends no body as `application/json`, which is none that JSON knows; so none is read.
	const validators = {
		downloadPendingFiles: published.isDownloadPendingFilesParamsPOST,
		downloadPendingAvatars: published.isDownloadPendingAvatarsParamsPOST,
	};
	for (const [endpoint, validator] of Object.entries(validators)) {
		assert.ok(theirs(validator, {}));
		assert.ok(!theirs(validator, { surplus: 1 }));
		for (const body of ['{}', '{"surplus":1}', '[]', '', '{']) {
			assert.ok((await ours(endpoint, post(body))).read, `${endpoint} with ${body}`);
		}
	}
});
