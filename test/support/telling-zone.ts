import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openZone, type Zone } from '../../activities/zone.js';
import { id, type Id } from '../../lib/model/json.js';
import { loadConfig, readCollector } from '../../lib/site/config.js';
import { loadSite } from '../../lib/site/load.js';
import { snapshotSite } from '../../lib/site/snapshot.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { openStores } from '../../lib/vault/stores.js';
import { NOBODY } from './nobody.js';
import type { SiteFixture } from './site-fixture.js';

/** The zone `oob` of a made site that has these lines in site.yaml as well; its store holds the key `vault://file/hmac`. */
export async function tellingZone(made: SiteFixture, notifications: string): Promise<Zone> {
  await appendFile(join(made.dir, 'site.yaml'), notifications);
  const secrets = new FileStore(join(made.state, 'secrets'));
  await secrets.write('hmac', { userName: 'hmac', password: Secret.of('key') });
  return openZone({
    id: id('oob'),
    siteDir: made.dir,
    state: made.state,
    config: await loadConfig(made.state),
    secrets: openStores(new Map([['file', secrets]])),
    collector: await readCollector(made.state),
    host: 'host-1',
    askVantage: NOBODY,
  });
}

/** What opening an incident does for its zones. */
export async function snapshotFor(zone: Zone, incident: Id<'incident'>): Promise<void> {
  const { site } = zone.layout.incident(incident);
  await mkdir(dirname(site), { recursive: true });
  await snapshotSite(await loadSite(zone.siteDir), site);
}
