import { afterEach, expect, test } from 'vitest';
import type { Staged } from '../../../lib/evidence/types.js';
import { digest } from '../../../lib/model/json.js';
import { captureWitness } from '../../../lib/steps/witness.js';
import { reply, startSmallBmc, type Handler, type SmallBmc } from '../redfish/small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function bmcWith(handlers: Record<string, Handler>): Promise<SmallBmc> {
  const bmc = await startSmallBmc(handlers);
  cleanup.push(bmc.stop);
  return bmc;
}

/** What was committed, one line each, and the keys that it came from. */
async function witnessed(bmc: Pick<SmallBmc, 'address'>) {
  const committed: string[] = [];
  const peers = new Set<unknown>();
  let staged: Staged[] = [];
  const result = await captureWitness(
    bmc,
    {
      stage: async (capture) => {
        staged.push(capture);
        return null;
      },
      commit: async () => {
        for (const capture of staged) {
          if ('file' in capture) throw new RangeError('a witness fetches no files');
          const what = 'answer' in capture ? capture.answer : capture.failure;
          peers.add(what.peer);
          committed.push(`${capture.purpose} ${what.uri} ${'answer' in capture ? String(capture.answer.status) : capture.failure.code}`);
        }
        staged = [];
        return { seq: 0, head: digest('0'.repeat(64)) };
      },
    },
    new AbortController().signal,
  );
  return { result, committed, peers: [...peers] };
}

const link = (uri: string) => ({ '@odata.id': uri });
const MANAGERS = '/redfish/v1/Managers';
const SECURITY = `${MANAGERS}/1/SecurityService`;

test('takes what is shown to anyone: certificate, root, open documents, and a login banner where managers are shown', async () => {
  const bmc = await bmcWith({
    '/redfish/v1/': (_, response) => reply(response, 200, { ...link('/redfish/v1'), Managers: link(MANAGERS) }),
    '/redfish': (_, response) => reply(response, 200, { v1: '/redfish/v1/' }),
    '/redfish/v1/odata': (_, response) => reply(response, 200, {}),
    '/redfish/v1/$metadata': (_, response) => reply(response, 200, '<edmx/>'),
    [MANAGERS]: (_, response) => reply(response, 200, { Members: [link(`${MANAGERS}/1`), link('https://evil.example/redfish/v1')] }),
    [`${MANAGERS}/1`]: (_, response) => reply(response, 200, { Oem: { Hpe: { Links: { SecurityService: link(SECURITY) } } } }),
    [SECURITY]: (_, response) => reply(response, 200, { LoginSecurityBanner: { SecurityMessage: 'pay us' } }),
  });
  const { result, committed, peers } = await witnessed(bmc);
  expect(committed).toEqual([
    'witness tls:/certificate/0 null',
    'witness /redfish/v1 200',
    'witness /redfish 200',
    'witness /redfish/v1/odata 200',
    'witness /redfish/v1/$metadata 200',
    `witness ${MANAGERS} 200`,
    `witness ${MANAGERS}/1 200`,
    `witness ${SECURITY} 200`,
  ]);
  expect([result, peers]).toEqual([{ answers: 7, certificates: 1, cut: null }, [bmc.pin]]);
  expect(bmc.log.every(({ method, body, headers }) => method === 'GET' && body === '' && headers['x-auth-token'] === undefined)).toBe(true);
});

test('keeps refusals as answers, and asks no further where they come', async () => {
  const bmc = await bmcWith({
    '/redfish/v1/': (_, response) => reply(response, 200, { ...link('/redfish/v1'), Managers: link(MANAGERS) }),
    [MANAGERS]: (_, response) => reply(response, 401, {}),
  });
  const { committed } = await witnessed(bmc);
  expect(committed.slice(2)).toEqual([
    'witness /redfish 404',
    'witness /redfish/v1/odata 404',
    'witness /redfish/v1/$metadata 404',
    `witness ${MANAGERS} 401`,
  ]);
});

test('of a BMC that is gone keeps that nobody answered', async () => {
  const bmc = await startSmallBmc();
  await bmc.stop();
  expect(await witnessed(bmc)).toEqual({
    result: { answers: 0, certificates: 0, cut: 'UNREACHABLE' },
    committed: ['witness /redfish/v1 UNREACHABLE'],
    peers: [null],
  });
});
