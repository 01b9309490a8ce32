// `node --import` this to have the name of every package that is imported written to the file in COFFERDAM_LOADED.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(found.url)?.[1];
  if (name !== undefined) appendFileSync(process.env.COFFERDAM_LOADED, `${name}\n`);
  return found;
}
