import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { id, type Id } from '../../lib/model/json.js';
import type { RedfishTarget, Target } from '../../lib/model/site.js';
import { initSite, type MadeSite, type NewPerson } from '../../lib/site/init.js';
import { sha256 } from '../../lib/trust/canonical.js';

/** A made site in a folder of its own, and what removes it. */
export interface SiteFixture extends MadeSite {
  readonly folder: string;
  remove(): Promise<void>;
}

export const PEOPLE: readonly NewPerson[] = [
  { id: id('rosa'), name: 'Rosa Responder', roles: [id('responder')] },
  { id: id('lea'), name: 'Lea Lead', roles: [id('lead')] },
];

export function target(name: string): RedfishTarget {
  return {
    id: id(name),
    address: `https://${name}.example`,
    protocol: 'redfish',
    zone: id('oob'),
    pin: sha256(name),
    identity: { serial: `SN-${name}`, uuid: `uuid-${name}` },
    secret: `vault://file/${name}`,
    host: `${name}.example`,
    class: 'openbmc',
    usedBy: ['monitoring'],
    failureDomain: 'rack1',
    allow: {
      accounts: [{ userName: 'root', roleId: 'Administrator', usedBy: 'break-glass' }],
      sessions: [],
      addresses: [],
      subscriptions: [],
      keys: [],
    },
  };
}

export async function makeSite(people = PEOPLE, targets: readonly Target[] = [target('node1'), target('node2')]): Promise<SiteFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-site-'));
  const made = await initSite({
    dir: join(folder, 'site'),
    state: join(folder, 'state'),
    name: siteName,
    people,
    targets,
    zones: [{ id: id('oob'), title: 'Out-of-band network' }],
    engineAddress: '127.0.0.1:7233',
    drill: false,
  });
  return { ...made, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const siteName: Id<'site'> = id('example');
