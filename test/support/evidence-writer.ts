import { readFile } from 'node:fs/promises';
import { openSeries } from '../../lib/evidence/series.js';
import type { Staged } from '../../lib/evidence/types.js';
import { id, time } from '../../lib/model/json.js';
import { sha256 } from '../../lib/trust/canonical.js';

/** A process of its own that writes evidence until it is ended, and says each position once it was promised to be safe. Arguments: root, key file, fingerprint. */
const [root = '', keyFile = '', fingerprint = ''] = process.argv.slice(2);
const series = await openSeries({
  root,
  incident: id('inc-1'),
  series: id('rack1-bmc1'),
  launch: sha256('launch'),
  drill: false,
  actor: 'worker:zone-a',
  host: 'host-1',
  collector: { privateKey: await readFile(keyFile, 'utf8'), fingerprint },
});
say();
for (let round = 1; ; round += 1) {
  await Promise.all(Array.from({ length: 5 }, (_, n) => series.stage(capture(`/redfish/v1/Round/${String(round)}/${String(n)}`))));
  await series.commit();
  say();
  await series.record('phase.ended', { round });
  say();
  if (round % 4 === 0) {
    await series.seal({ final: false, heads: null, atLeast: series.position });
    say();
  }
}

function say(): void {
  process.stdout.write(`${JSON.stringify(series.position)}\n`);
}

function capture(uri: string): Staged {
  const at = time(Date.now());
  const body = Buffer.from(uri.repeat(500));
  const answer = {
    uri,
    answeredBy: uri,
    status: 200,
    headers: {},
    body,
    json: {},
    startedAt: at,
    endedAt: at,
    peer: sha256<'spki'>('peer'),
  };
  return { purpose: 'capture', class: null, answer };
}
