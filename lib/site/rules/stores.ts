import type { Site } from '../../model/site.js';
import type { Problem } from '../error.js';
import { repeated } from './repeated.js';
import { hint } from '../suggest.js';
import type { SiteFileText } from '../yaml-file.js';

/** A certificateAuthority that names an authority or a store that the site does not have. */
export function certifierProblems(
  { value: { certificateAuthority: terms, stores }, problem }: SiteFileText<Site>,
  authorities: ReadonlySet<string>,
): readonly Problem[] {
  if (terms === undefined) return [];
  const servers = stores.flatMap((store) => (store.kind === 'vault' ? [store.name] : []));
  const unknown = `certificateAuthority names the authority "${terms.ca}", and there is no usable ca/${terms.ca}`;
  return [
    ...(authorities.has(terms.ca)
      ? []
      : [problem(['certificateAuthority', 'ca'], 'UNKNOWN_AUTHORITY', unknown, hint(terms.ca, [...authorities]))]),
    ...(terms.kind === 'command' || servers.includes(terms.store)
      ? []
      : [
          problem(
            ['certificateAuthority', 'store'],
            'UNKNOWN_STORE',
            `certificateAuthority names "${terms.store}", which is no store of kind vault`,
            hint(terms.store, servers),
          ),
        ]),
  ];
}

/** Stores of site.yaml that occur twice, or name an authority or a reader that the site does not have. */
export function storeProblems(
  { value: { stores, people }, problem }: SiteFileText<Site>,
  authorities: ReadonlySet<string>,
): readonly Problem[] {
  const known = people.map(({ id }) => id);
  return [
    ...repeated(stores.map(({ name }, at) => ({ name, path: ['stores', at, 'name'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `store "${name}" occurs twice`, 'give each store its own name'),
    ),
    ...stores.flatMap((store, at) => {
      if (store.kind === 'file')
        return store.readers
          .filter((reader) => !known.includes(reader))
          .map((reader) =>
            problem(['stores', at, 'readers'], 'UNKNOWN_PERSON', `the reader "${reader}" is none of the people`, hint(reader, known)),
          );
      if (store.ca === null || authorities.has(store.ca)) return [];
      return problem(
        ['stores', at, 'ca'],
        'UNKNOWN_AUTHORITY',
        `store "${store.name}" names the authority "${store.ca}", and there is no usable ca/${store.ca}`,
        hint(store.ca, [...authorities]),
      );
    }),
  ];
}
