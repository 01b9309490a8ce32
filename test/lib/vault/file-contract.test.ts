import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { makePrivateFolder } from '../../../lib/files/private-file.js';
import { FileStore } from '../../../lib/vault/file-store.js';
import { holdsTheContract, type Bench } from './contract.js';

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-contract-'));
  await makePrivateFolder(join(folder, 'secrets'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (): FileStore => new FileStore(join(folder, 'secrets'));
const fresh = (): string => `vault://file/s${String(++count)}`;
const nameIn = (reference: string): string => reference.replace('vault://file/', '');

describe('the file store, with logins written by put-secret', () => {
  holdsTheContract((): Bench => ({ open, fresh, write: (reference, credential) => open().write(nameIn(reference), credential) }));
});
