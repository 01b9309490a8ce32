/**
 * How far two clocks may differ that both tell the right time, in milliseconds. People sign on their own machines and workers run on others: synchronized
 * hosts lie seconds apart, and a laptop back from sleep somewhat more, so that a signer a few seconds ahead is no attack. A minute is also all that
 * anybody gains by it: a statement, a key or an occurrence counts that much before its time, and a log may go back that far.
 */
export const CLOCK_SKEW_MS = 60_000;
