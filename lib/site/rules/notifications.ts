import type { Site } from '../../model/site.js';
import type { Problem } from '../error.js';
import { hint } from '../suggest.js';
import type { SiteFileText } from '../yaml-file.js';
import { repeated } from './repeated.js';

/** Endpoints of site.yaml that occur twice, or name an authority that the site does not have. */
export function notificationProblems(
  { value: { notifications }, problem }: SiteFileText<Site>,
  authorities: ReadonlySet<string>,
): readonly Problem[] {
  return [
    ...repeated(notifications.map(({ id }, at) => ({ name: id, path: ['notifications', at, 'id'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `endpoint "${name}" occurs twice`, 'give each endpoint its own id'),
    ),
    ...notifications.flatMap((endpoint, at) => {
      const ca = endpoint.kind === 'command' ? null : endpoint.ca;
      return ca === null || authorities.has(ca)
        ? []
        : problem(
            ['notifications', at, 'ca'],
            'UNKNOWN_AUTHORITY',
            `endpoint "${endpoint.id}" names the authority "${ca}", and there is no usable ca/${ca}`,
            hint(ca, [...authorities]),
          );
    }),
  ];
}
