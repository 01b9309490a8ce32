import { createMessage, decrypt, encrypt, readMessage, readPrivateKey, type PrivateKey, type PublicKey } from 'openpgp';
import { FileError, readPrivate } from '../files/private-file.js';
import { createFile } from '../store/files.js';
import { armorMessage } from '../trust/armor.js';
import { generateKey, readCertificate } from '../trust/keys.js';
import { VaultError } from './error.js';

/** Encrypts what a store keeps, for its worker and for people. */
export interface Sealer {
  /** ASCII armor that the worker's store key opens, and each reader's own with stock gpg. */
  seal(text: string): Promise<string>;
  open(armored: string): Promise<string>;
}

const MAX_BYTES = 65_536;

/**
 * Seals to the key in `keyFile`, which is made when there is none yet, and to the readers' certificates. A reader whose key cannot be encrypted to now
 * (expired, revoked, for signing only) is left out: a rotation does not wait for somebody's new key.
 */
export function openSealer(keyFile: string, readers: readonly string[]): Sealer {
  let known: Promise<PrivateKey> | null = null;
  const key = (): Promise<PrivateKey> => {
    const reading = known ?? readKey(keyFile);
    known = reading;
    reading.catch(() => (known = null));
    return reading;
  };
  return {
    async seal(text) {
      await makeStoreKey(keyFile);
      const recipients = await Promise.all(readers.map(usable));
      const sealed = await encrypt({
        message: await createMessage({ text }),
        encryptionKeys: [(await key()).toPublic(), ...recipients.filter((recipient) => recipient !== null)],
        format: 'binary',
        // gpg 2.2 reads no other.
        config: { aeadProtect: false },
      });
      return armorMessage(sealed);
    },
    async open(armored) {
      const { data } = await decrypt({ message: await readMessage({ armoredMessage: armored }), decryptionKeys: await key() });
      return data;
    },
  };
}

/** Makes the key of a store, in a file that only its owner can read; leaves one that is there. */
export async function makeStoreKey(keyFile: string): Promise<void> {
  const there = await readPrivate(keyFile, MAX_BYTES).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FileError && error.code === 'NOT_FOUND') return false;
      throw error;
    },
  );
  if (there) return;
  const { privateKey } = await generateKey({ name: 'Cofferdam secret store', email: 'secrets@cofferdam.example' });
  await createFile(keyFile, privateKey);
}

/** The certificate's owner as a recipient; null when nothing can be encrypted to it now. */
export async function usable(certificate: string): Promise<PublicKey | null> {
  const { key } = await readCertificate(certificate);
  return key.getEncryptionKey().then(
    () => key,
    () => null,
  );
}

async function readKey(path: string): Promise<PrivateKey> {
  try {
    return await readPrivateKey({ armoredKey: (await readPrivate(path, MAX_BYTES)).toString('utf8') });
  } catch (cause) {
    if (cause instanceof FileError && cause.code === 'MODE_TOO_OPEN') throw cause;
    throw new VaultError('UNREADABLE', `${path}: expected the private key of the secret store; put it back from a backup`, { cause });
  }
}
