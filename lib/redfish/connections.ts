import { textAt } from './json.js';
import type { Answer } from './types.js';

/**
 * How many requests a BMC bears at a time, by its service root: one, unless a source proves more. A BMC that lies here hurts itself alone: it is
 * asked over one connection as soon as it falters.
 */
export function connectionsFor({ json }: Pick<Answer, 'json'>): number {
  const says = [textAt(json ?? undefined, 'Vendor'), textAt(json ?? undefined, 'Product')];
  return says.some((text) => BMCWEB.test(text ?? '')) ? 4 : 1;
}

/**
 * OpenBMC's bmcweb takes 200 connections (http_connection.hpp), and answered 180 requests at a time on a real BMC (ibm-openbmc/bmcweb#778).
 * Of all others nothing proves more than one: gofish asks one at a time, NVIDIA's infra-controller went back to one (#3220, #4752), and
 * idrac_exporter#189 met 504 on slow hardware with ten.
 */
const BMCWEB = /^(?:OpenBMC|NVIDIA|GB200|GH200)\b/i;
