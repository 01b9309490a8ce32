import { DEPENDENCY_FACTS } from '../dependencies.js';
import { AMI_LOOKALIKES } from './ami.js';
import { DELL_ACCESS, DELL_LOOKALIKES } from './dell.js';
import { HPE_ACCESS, HPE_LOOKALIKES, HPE_ROUTES } from './hpe.js';
import { LENOVO_ACCESS } from './lenovo.js';
import { OPENBMC_ACCESS, OPENBMC_LOOKALIKES } from './openbmc.js';
import type { AccessRoute, AccessSetting, Lookalike } from './setting.js';
import { STANDARD_ACCESS, STANDARD_ROUTES } from './standard.js';
import { SUPERMICRO_LOOKALIKES } from './supermicro.js';

/** Servers that a BMC is set to use: the same places tell what an isolation cuts off (dependencies.ts). */
const SERVERS: readonly AccessSetting[] = DEPENDENCY_FACTS.flatMap(({ door, uri, each, path, source }) =>
  door === null ? [] : { ...door, uri, each, path, source },
);

/** What all makers are known to have; looked for on every BMC, since it says itself whose it is. */
export const ACCESS_ROUTES: readonly AccessRoute[] = [...STANDARD_ROUTES, ...HPE_ROUTES];

export const ACCESS_SETTINGS: readonly AccessSetting[] = [
  ...STANDARD_ACCESS,
  ...DELL_ACCESS,
  ...HPE_ACCESS,
  ...LENOVO_ACCESS,
  ...OPENBMC_ACCESS,
  ...SERVERS,
];

const LOOKALIKES: readonly Lookalike[] = [
  ...DELL_LOOKALIKES,
  ...HPE_LOOKALIKES,
  ...SUPERMICRO_LOOKALIKES,
  ...OPENBMC_LOOKALIKES,
  ...AMI_LOOKALIKES,
];

/** The look-alike that a thing is, if it is no more than that: `has` is all that it may do, or by which ways. */
export function lookalikeOf(what: Lookalike['what'], name: string, has: readonly string[]): Lookalike | undefined {
  return LOOKALIKES.find(
    (one) =>
      one.what === what &&
      one.name.test(name) &&
      (one.only === null || (has.length > 0 && has.every((right) => one.only?.includes(right)))),
  );
}
