import { at, linkAt } from '../../redfish/json.js';
import { finding, joined, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Ground } from './ground.js';
import { change, takes } from './setting.js';

/** Services of a BMC beside HTTPS, most dangerous first: those that take a login without TLS or move media come before those that only tell. */
const SERVICES = ['IPMI', 'Telnet', 'SSH', 'SNMP', 'KVMIP', 'VirtualMedia', 'RFB', 'SSDP', 'HTTP'] as const;

/** Switches off what responders do not need: everything but HTTPS. */
export async function closeServices(survey: Survey, ground: Ground): Promise<Proposal> {
  const proposals: Proposal[] = [];
  for (const manager of ground.managers) {
    const uri = linkAt(manager, 'NetworkProtocol');
    const protocol = uri === null ? null : await survey.reader.get(uri);
    proposals.push(protocol?.status === 200 ? ofManager(survey, ground, protocol) : notShown(survey, protocol ?? manager));
  }
  return joined(proposals);
}

function ofManager(survey: Survey, { vendor }: Ground, protocol: Reading): Proposal {
  const on = SERVICES.filter((name) => at(protocol.json ?? undefined, name, 'ProtocolEnabled') === true);
  const switches = takes(protocol, 'PATCH', true) ? on.filter((name) => vendor.freeze.services.includes(name)) : [];
  const why = takes(protocol, 'PATCH', true) ? vendor.freeze.otherServices : 'the BMC says that it takes no change here';
  return {
    operations: switches.map((name) => change(protocol, [name, 'ProtocolEnabled'], false, `switch off ${name}`)),
    findings: on
      .filter((name) => !switches.includes(name))
      .map((name) => finding(survey, 'SERVICE_STAYS_ON', protocol, `${name} stays on: ${why}; close it in the network`)),
  };
}

function notShown(survey: Survey, shown: Reading): Proposal {
  const advice = `${shown.uri} does not show which services run; take all of them for running, and close them in the network`;
  return { operations: [], findings: [finding(survey, 'SERVICE_STAYS_ON', shown, advice)] };
}
