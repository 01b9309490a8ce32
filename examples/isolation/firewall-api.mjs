#!/usr/bin/env node
// A site command for Cofferdam (docs/isolation.md): keeps one policy of a firewall or an SDN controller over its REST API. Needs Node alone.
//
//   command: [/opt/ir/firewall-api.mjs, --url, https://fw.example.org/api, --token-file, /etc/ir/fw.token]
//
// The API is a made-up one, of the kind that most have: GET, PUT and DELETE of /policies/NAME, which replaces a policy as a whole, with a
// description that it keeps for us and a timer that the firewall itself runs. Put your own paths and shapes into `policyOf` and `api`.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { text } from 'node:stream/consumers';

const NAME = 'cofferdam';
const LIMIT_MS = 20_000;

const { values } = parseArgs({ options: { url: { type: 'string' }, 'token-file': { type: 'string' } } });
if (values.url === undefined || values['token-file'] === undefined) fail('usage: firewall-api.mjs --url URL --token-file FILE');
// From a file that the worker's user alone can read: arguments show in the process list.
const token = readFileSync(values['token-file'], 'utf8').trim();

/** The firewall's spelling of rules: what is not permitted is denied, both ways. */
function policyOf(rules, armedForS) {
  const permit = (from, to, protocol, port) => ({ from, to, protocol, port, action: 'permit' });
  return {
    description: JSON.stringify(rules),
    protects: rules.inside,
    entries: [
      ...rules.responders.map((from) => permit(from, 'protected', 'any', null)),
      ...rules.allowances.map(({ to, protocol, port }) => permit('protected', to, protocol, port)),
      { from: 'any', to: 'protected', protocol: 'any', port: null, action: 'drop' },
      { from: 'protected', to: 'any', protocol: 'any', port: null, action: 'drop' },
    ],
    // The firewall adds these entries by itself unless the policy is put again without a timer.
    timer: armedForS === null ? null : { seconds: armedForS, entries: rules.fallback.map((from) => permit(from, 'protected', 'any', null)) },
  };
}

async function api(method, path, body) {
  return globalThis.fetch(`${values.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: globalThis.AbortSignal.timeout(LIMIT_MS),
    redirect: 'error',
  });
}

async function read(path) {
  const response = await api('GET', path);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
  return response.json();
}

async function inForce() {
  const policy = await read(`/policies/${NAME}`);
  if (policy === null) return { rules: null, armed: false, intact: true };
  const armed = policy.timer !== null;
  try {
    const rules = JSON.parse(policy.description);
    const meant = policyOf(rules, policy.timer?.seconds ?? null);
    const intact = ['protects', 'entries', 'timer'].every((part) => JSON.stringify(policy[part]) === JSON.stringify(meant[part]));
    return { rules, armed, intact };
  } catch {
    return { rules: null, armed, intact: false };
  }
}

async function judge({ rules }) {
  const now = await inForce();
  return now.rules === null || now.rules.incident === rules.incident ? null : `the rules of incident ${now.rules.incident} are in force`;
}

async function change(method, body) {
  const response = await api(method, `/policies/${NAME}`, body);
  if (response.ok || (method === 'DELETE' && response.status === 404)) return { accepted: true };
  // The firewall said no before it did anything; anything else leaves in doubt what it did, and ends with an error.
  if (response.status >= 400 && response.status < 500) return { accepted: false, why: `the firewall refused: ${response.status}` };
  throw new Error(`${method} answered ${response.status}`);
}

const ACTS = {
  async status({ witness }) {
    const { serial } = await read('/system');
    const files = [];
    if (witness === true)
      for (const [name, path] of [
        ['rules.json', '/policies'],
        ['flows.json', '/sessions'],
      ])
        files.push({ name, how: `GET ${path}`, text: JSON.stringify(await read(path)) });
    return { identity: `firewall ${serial}`, ...(await inForce()), files };
  },
  async plan(question) {
    const why = await judge(question);
    return why === null
      ? { accepted: true, commands: [`PUT /policies/${NAME} ${JSON.stringify(policyOf(question.rules, null).entries)}`] }
      : { accepted: false, why };
  },
  async apply(question) {
    const why = await judge(question);
    return why === null ? change('PUT', policyOf(question.rules, question.armedForS)) : { accepted: false, why };
  },
  async release() {
    return change('DELETE');
  },
};

function fail(why) {
  process.stderr.write(`firewall-api: ${why}\n`);
  process.exit(2);
}

try {
  const question = JSON.parse(await text(process.stdin));
  const act = question.version === 1 && Object.hasOwn(ACTS, question.act) ? ACTS[question.act] : fail('expected version 1 and a known act');
  process.stdout.write(`${JSON.stringify({ version: 1, ...(await act(question)) })}\n`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
