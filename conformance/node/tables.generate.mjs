// Writes the generated tables into the workspace.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TABLES } from './tables.mjs';

for (const [path, table] of Object.entries(TABLES)) {
	const text = table();
	writeFileSync(join(process.env.IMPORT_ROOT, path), text);
	console.log(`${path}: ${Buffer.byteLength(text)} bytes`);
}
