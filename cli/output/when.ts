import type { Base } from '../globals.js';

/** A point in time: relative for people at a terminal, ISO in UTC for everybody else. */
export function when(base: Base, iso: string | null): string {
  if (iso === null) return '';
  if (!base.context.terminal.stdout) return iso;
  const seconds = Math.round((Date.parse(iso) - base.context.now()) / 1000);
  return seconds < 0 ? `${span(-seconds)} ago` : `in ${span(seconds)}`;
}

/** Seconds as people say them: two units at most. */
export function span(seconds: number): string {
  if (seconds < 60) return `${String(Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${String(hours)} h ${String(minutes % 60)} min`;
  return `${String(Math.floor(hours / 24))} days`;
}
