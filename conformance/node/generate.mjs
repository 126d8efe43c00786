// Requests made by rule: well-formed ones, and ones that a few changes have spoilt, or not. The same seed gives the same ones.

export function generator(seed) {
	// Mulberry32.
	let state = seed >>> 0;
	const random = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
	const below = (limit) => Math.floor(random() * limit);
	const pick = (list) => list[below(list.length)];
	const some = (make, most) => Array.from({ length: below(most + 1) }, make);
	const maybe = (fields) => Object.fromEntries(Object.entries(fields).filter(() => random() < 0.4));

	const text = () => pick(['ann', 'Bob Smith', '', ' ', '0', '17', 'true', 'null', 'Zoë', '日本', '😀', 'a\u0000b', '"\\', 'x'.repeat(300)]);
	const base64 = () => Buffer.from(pick(['x', 'name,emails\nAnn,a@example.com\n', '\u0000'])).toString('base64');
	const key = () => pick(['csv', 'slack', 'slack-users', 'pending-files', 'png']);
	const user = () => ({
		emails: some(() => `${below(100)}@example.com`, 2),
		importIds: some(() => String(below(1000)), 2),
		...maybe({
			username: text(),
			name: text(),
			utcOffset: pick([0, -5.5, 13, 1e300]),
			avatarUrl: text(),
			deleted: pick([true, false]),
			statusText: text(),
			roles: some(() => pick(['user', 'bot', 'nobody']), 2),
			type: pick(['user', 'bot']),
			bio: text(),
			password: text(),
			services: { a: [1] },
			customFields: { b: null },
			surplus: 1,
		}),
	});
	const choice = () => maybe({ all: pick([true, false]), list: some(text, 2), surplus: 1 });

	const wellFormed = {
		'import.addUsers': () => ({ users: some(user, 3) }),
		'uploadImportFile': () => ({ binaryContent: base64(), contentType: text(), fileName: text(), importerKey: key() }),
		'downloadPublicImportFile': () => ({ fileUrl: pick(['http://127.0.0.1:9/x.zip', 'ftp://a/b', text()]), importerKey: key() }),
		'startImport': () => ({ input: maybe({ users: choice(), channels: choice(), contacts: choice(), surplus: [] }) }),
	};

	const odd = () =>
		pick([
			null, true, false, 0, 1, 2, -1, 1.5, 1e21, '', ' ', '1', '0', '-5.5', ' 7 ', '1e3', '0x10', 'Infinity', 'NaN', 'true', 'false',
			'yes', 'user', 'x', '*', [], [null], [1], ['a'], [[]], [{}], {}, { a: 1 }, { all: 1 }, { all: null }, { list: [2] }, { list: null },
		]);

	// Every place in a value at which something stands: the object or list, and the key.
	function places(value) {
		if (value === null || typeof value !== 'object') return [];
		return Object.keys(value).flatMap((key) => [[value, key], ...places(value[key])]);
	}

	// Most places are texts in lists; a field of a user is chosen as often as any of them.
	const USER = ['emails', 'importIds', 'username', 'utcOffset', 'deleted', 'roles', 'type'];
	const aUser = (body) => (random() < 0.5 && Array.isArray(body.users) && body.users.length > 0 ? Object(pick(body.users)) : undefined);

	function change(body) {
		const all = places(body);
		const user = aUser(body);
		const [holder, key] = user ? [user, pick(USER)] : all.length > 0 ? pick(all) : [body, 'surplus'];
		switch (below(5)) {
			case 0:
				if (Array.isArray(holder)) holder.splice(Number(key), 1);
				else delete holder[key];
				break;
			case 1:
				if (Array.isArray(holder)) holder.push(odd());
				else holder.surplus = odd();
				break;
			default:
				holder[key] = odd();
		}
	}

	return {
		// A body for the endpoint.
		body(endpoint) {
			if (random() < 0.02) return odd();
			const body = wellFormed[endpoint]();
			for (let changes = pick([0, 1, 1, 2, 3]); changes > 0; changes--) change(body);
			return body;
		},
		// A query, as names and values.
		query: () => Object.fromEntries(some(() => [pick(['count', 'offset', 'a', 'x y', '_']), text()], 2)),
	};
}
