/** The parts of `vault://STORE/PATH#FIELD@VERSION`; field and version are null where the reference leaves them out. */
export interface SecretReference {
  readonly store: string;
  readonly path: string;
  readonly field: string | null;
  readonly version: string | null;
}

const PART = '[A-Za-z0-9_][A-Za-z0-9._-]{0,63}';
const REFERENCE = new RegExp(`^vault://([a-z][a-z0-9-]{0,31})/(${PART}(?:/${PART}){0,7})(?:#(${PART}))?(?:@(${PART}))?$`);

/** Reads a reference to a secret; null when the text is none. No part can start with a dot, so a path never climbs out of its store. */
export function readSecretReference(text: string): SecretReference | null {
  const [, store, path, field, version] = REFERENCE.exec(text) ?? [];
  return store === undefined || path === undefined ? null : { store, path, field: field ?? null, version: version ?? null };
}
