import { describe, expect, test } from 'vitest';
import type { Json } from '../../../lib/model/json.js';
import { dump } from '../../../lib/steps/dump.js';
import type { Proposal } from '../../../lib/steps/planning.js';
import { aReading } from '../../support/a-reading.js';
import { plainTarget } from '../../support/plain-target.js';

const ROOT = '/redfish/v1';
const SERVICE = `${ROOT}/Managers/bmc/LogServices/Dump`;
const COLLECT = `${SERVICE}/Actions/LogService.CollectDiagnosticData`;

const TARGET = plainTarget();

const link = (uri: string): Json => ({ '@odata.id': uri });

/** A BMC of one manager and one system with these log services; `Vendor` as its service root says. */
function bmc(
  vendor: string,
  services: Readonly<Record<string, Json>>,
  more: Readonly<Record<string, Json>> = {},
): Readonly<Record<string, Json>> {
  const under = (owner: string): Json[] =>
    Object.keys(services)
      .filter((uri) => uri.startsWith(owner))
      .map(link);
  return {
    [ROOT]: { Vendor: vendor, Managers: link(`${ROOT}/Managers`), Systems: link(`${ROOT}/Systems`) },
    [`${ROOT}/Managers`]: { Members: [link(`${ROOT}/Managers/bmc`)] },
    [`${ROOT}/Systems`]: { Members: [link(`${ROOT}/Systems/1`)] },
    [`${ROOT}/Managers/bmc`]: { LogServices: link(`${ROOT}/Managers/bmc/LogServices`) },
    [`${ROOT}/Systems/1`]: { LogServices: link(`${ROOT}/Systems/1/LogServices`) },
    [`${ROOT}/Managers/bmc/LogServices`]: { Members: under(`${ROOT}/Managers`) },
    [`${ROOT}/Systems/1/LogServices`]: { Members: under(`${ROOT}/Systems`) },
    ...services,
    ...more,
  };
}

async function planned(resources: Readonly<Record<string, Json>>): Promise<Proposal> {
  return dump({
    target: TARGET,
    own: { userName: null, session: null, also: [] },
    reader: {
      get: async (uri) => aReading(uri, resources[uri] ?? null),
    },
  });
}

const collecting = (action: Readonly<Record<string, Json>>, uri = SERVICE): Json => ({
  '@odata.id': uri,
  Actions: { '#LogService.CollectDiagnosticData': { target: `${uri}/Actions/LogService.CollectDiagnosticData`, ...action } },
});
const MANAGER = { 'DiagnosticDataType@Redfish.AllowableValues': ['Manager', 'OEM'] };

describe('a dump is planned only as the BMC advertises it', () => {
  test.each<[string, Json, Readonly<Record<string, Json>>]>([
    ['beside the action', collecting(MANAGER), {}],
    [
      'in a resource of its own',
      collecting({ '@Redfish.ActionInfo': `${SERVICE}/Info` }),
      { [`${SERVICE}/Info`]: { Parameters: [{ Name: 'DiagnosticDataType', Required: true, AllowableValues: ['Manager'] }] } },
    ],
  ])('values that are told %s', async (_, service, more) => {
    const { operations, findings } = await planned(bmc('OpenBMC', { [SERVICE]: service }, more));
    expect(operations.map(({ send, destroys, impact }) => ({ send, destroys, impact }))).toEqual([
      {
        send: { kind: 'redfish', method: 'POST', uri: COLLECT, body: { DiagnosticDataType: 'Manager' } },
        destroys: ['dumps'],
        impact: 'none',
      },
    ]);
    expect(findings).toEqual([]);
  });

  test.each<[string, Json, Readonly<Record<string, Json>>]>([
    ['no action', { '@odata.id': SERVICE }, {}],
    ['no word of the values it takes', collecting({}), {}],
    ['other values', collecting({ 'DiagnosticDataType@Redfish.AllowableValues': ['OEM'] }), {}],
    ['a target of another resource', collecting({ ...MANAGER, target: `${ROOT}/Managers/bmc/Actions/Manager.Reset` }), {}],
    ['a target on another host', collecting({ ...MANAGER, target: `https://192.0.2.9${COLLECT}` }), {}],
    ['a target that climbs', collecting({ ...MANAGER, target: `${SERVICE}/../../Actions/Manager.Reset` }), {}],
    ['values that are no list', collecting({ 'DiagnosticDataType@Redfish.AllowableValues': 'Manager' }), {}],
    [
      'a required parameter that nobody knows',
      collecting({ ...MANAGER, '@Redfish.ActionInfo': `${SERVICE}/Info` }),
      { [`${SERVICE}/Info`]: { Parameters: [{ Name: 'Destination', Required: true }] } },
    ],
  ])('%s: nothing is sent, and it is said', async (_, service, more) => {
    const { operations, findings } = await planned(bmc('OpenBMC', { [SERVICE]: service }, more));
    expect(operations).toEqual([]);
    expect(findings.map(({ code, uri }) => [code, uri])).toEqual([['DUMP_UNAVAILABLE', SERVICE]]);
  });

  test('a dump that may disturb the host is left out and reported, where the BMC offers it', async () => {
    const system = `${ROOT}/Systems/1/LogServices/Dump`;
    const values = {
      'DiagnosticDataType@Redfish.AllowableValues': ['OEM'],
      'OEMDiagnosticDataType@Redfish.AllowableValues': ['System'],
    };
    const { operations, findings } = await planned(
      bmc('OpenBMC', { [SERVICE]: collecting(MANAGER), [system]: collecting(values, system) }),
    );
    expect(operations.map(({ send }) => send)).toMatchObject([{ uri: COLLECT }]);
    expect(findings.map(({ code }) => code)).toEqual(['DUMP_UNAVAILABLE']);
  });

  test('an unknown vendor is asked by the standard alone', async () => {
    const audit = `${ROOT}/Managers/bmc/LogServices/Audit`;
    const any = `${ROOT}/Managers/bmc/LogServices/Any`;
    const { operations } = await planned(bmc('Unheard Of', { [audit]: { '@odata.id': audit }, [any]: collecting(MANAGER, any) }));
    expect(operations.map(({ send }) => send)).toMatchObject([{ uri: `${any}/Actions/LogService.CollectDiagnosticData` }]);
  });
});
