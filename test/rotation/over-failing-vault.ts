import { failingSecrets, type FailingSecrets } from '../support/failing-vault.js';
import { rotating, type Rotating, type Setting } from '../support/rotating.js';

/** A rotation whose store fails on command. */
export interface Scene extends AsyncDisposable {
  readonly here: Rotating;
  readonly store: FailingSecrets;
}

export async function overFailingVault(setting: Omit<Setting, 'secrets'>): Promise<Scene> {
  const made: FailingSecrets[] = [];
  const here = await rotating({
    ...setting,
    secrets(files) {
      const failing = failingSecrets(files);
      made.push(failing);
      return failing;
    },
  });
  const [store] = made;
  if (store === undefined) throw new RangeError('there is a store');
  return { here, store, [Symbol.asyncDispose]: () => here[Symbol.asyncDispose]() };
}
