// The running server, and who calls it: what the environment says, and somebody without permissions.

import { RestClient } from './published.mjs';

function variable(name) {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is not set: these tests are run by \`cargo xtask conformance\``);
	return value;
}

export const url = variable('IMPORT_URL');
export const admin = { 'X-User-Id': variable('IMPORT_USER_ID'), 'X-Auth-Token': variable('IMPORT_AUTH_TOKEN') };

export function client(credentials) {
	return new RestClient({ baseUrl: url, credentials });
}

// Asks until the answer is as it should be. The server answers each question at once, so there is no need to ask slowly.
export async function until(ask, good) {
	const end = Date.now() + 30_000;
	for (;;) {
		const answer = await ask();
		if (good(answer)) return answer;
		if (Date.now() > end) throw new Error(`it stays at ${JSON.stringify(answer)}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

export async function importUsers(users) {
	const rest = client(admin);
	await rest.post('/v1/import.new');
	await rest.post('/v1/import.addUsers', { users });
	await rest.post('/v1/import.run');
	return until(
		() => rest.get('/v1/import.status'),
		(status) => ['done', 'error', 'canceled'].includes(status.state),
	);
}

export async function somebodyWithoutPermissions() {
	const user = { username: 'plain.user', emails: ['plain.user@example.com'], importIds: ['plain-1'], password: 'a plain password' };
	await importUsers([user]);
	const answer = await client(undefined).post('/v1/login', { username: user.username, password: user.password });
	return { 'X-User-Id': answer.data.userId, 'X-Auth-Token': answer.data.authToken };
}
