import type { Series } from '../evidence/types.js';
import { time, type Digest, type Id } from '../model/json.js';
import type { Enforcer, WitnessFile } from './enforcer.js';

/** Captures and seals what a change of the rules destroys or hides: the testimony of the network, which is no suspect. */
export async function captureWitness(series: Series, name: Id<'enforcer'>, enforcer: Enforcer): Promise<void> {
  const { files, missing } = await enforcer.witness();
  for (const file of files) await stageFile(series, 'before-claim', `enforcer:/${name}/${file.name}`, file);
  await series.record('network.witnessed', { enforcer: name, files: files.length, missing: missing.join(' ') });
  await series.markComplete(['network']);
  await series.seal({ final: false, heads: null, atLeast: null });
}

/** A file that is no answer of a BMC: what an enforcer or a vantage point said. */
export async function stageFile(
  series: Pick<Series, 'stage'>,
  purpose: string,
  uri: string,
  { body }: WitnessFile,
): Promise<Digest<'capture'>> {
  const at = time(Date.now());
  const answer = { uri, answeredBy: uri, status: null, headers: {}, body, json: null, startedAt: at, endedAt: at, peer: null };
  const capture = await series.stage({ purpose, class: 'network', answer });
  if (capture === null) throw new RangeError(`the series kept no body for ${uri}`);
  return capture;
}
