import { time } from '../model/json.js';
import { OWN_URI } from './format.js';
import type { Series } from './types.js';

/** Stages a document of our own as evidence, beside what BMCs told: under `cofferdam:/NAME`, from no peer. The caller commits. */
export async function stageOwn(
  series: Pick<Series, 'stage'>,
  { purpose, name, text, json = null }: { readonly purpose: string; readonly name: string; readonly text: string; readonly json?: unknown },
): Promise<void> {
  const now = time(Date.now());
  const uri = `${OWN_URI}${name}`;
  const answer = {
    uri,
    answeredBy: uri,
    status: null,
    headers: {},
    body: Buffer.from(text),
    json,
    startedAt: now,
    endedAt: now,
    peer: null,
  };
  await series.stage({ purpose, class: null, answer });
}
