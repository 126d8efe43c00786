// What Rocket.Chat publishes of its API: the client, and the validators that its server and its tests use.

import { RestClient } from '@rocket.chat/api-client';
import { schemas } from '@rocket.chat/core-typings/dist/Ajv.js';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { File } from 'node:buffer';

// The client asks of what it sends whether it is a file, which Node knows without being asked only since version 20.
globalThis.File ??= File;

export { RestClient };
export {
	isDownloadPendingAvatarsParamsPOST,
	isDownloadPendingFilesParamsPOST,
	isDownloadPublicImportFileParamsPOST,
	isGetCurrentImportOperationParamsGET,
	isGetImportFileDataParamsGET,
	isGetImportProgressParamsGET,
	isGetLatestImportOperationsParamsGET,
	isImportAddUsersParamsPOST,
	isImportersListParamsGET,
	isStartImportParamsPOST,
	isUploadImportFileParamsPOST,
	validateBadRequestErrorResponse,
	validateForbiddenErrorResponse,
	validateInternalErrorResponse,
	validateNotFoundErrorResponse,
	validateUnauthorizedErrorResponse,
} from '@rocket.chat/rest-typings';

const ajv = addFormats(new Ajv({ strict: false }));
ajv.addSchema(schemas, 'published');

// An operation, after the schema that is made of the published type `IImport`. Nothing is coerced.
export const isOperation = ajv.compile({ $ref: 'published#/components/schemas/IImport' });
