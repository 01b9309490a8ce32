import { styleText } from 'node:util';
import { plain } from '../../lib/model/text.js';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Text that is safe to print: ours, or made plain on the way in. Only {@link text} and {@link styled} make it. */
export interface Text {
  readonly parts: readonly { readonly text: string; readonly style: Style | null }[];
}

type Value = string | number | Text;

const LONGEST = 2_000;

/** Template tag. What stands in the template is ours; every value put into it may come from a BMC and is made plain. */
export function text(strings: TemplateStringsArray, ...values: readonly Value[]): Text {
  const parts = strings.flatMap((ours, index) => {
    const value = values[index];
    return [{ text: ours, style: null }, ...(value === undefined ? [] : safe(value).parts)];
  });
  return { parts: parts.filter((part) => part.text !== '') };
}

/** A state always has a word; colour only repeats it. */
export function styled(style: Style, value: Value): Text {
  return { parts: safe(value).parts.map((part) => ({ text: part.text, style })) };
}

export function safe(value: Value): Text {
  if (typeof value === 'object') return value;
  return { parts: [{ text: plain(String(value), LONGEST), style: null }] };
}

export function joined(texts: readonly Value[], separator: string): Text {
  return { parts: texts.flatMap((value, index) => [...(index === 0 ? [] : [{ text: separator, style: null }]), ...safe(value).parts]) };
}

/** As a string for a stream, with or without colour. */
export function painted(value: Text, colour: boolean): string {
  return value.parts
    .map((part) => (colour && part.style !== null ? styleText(part.style, part.text, { validateStream: false }) : part.text))
    .join('');
}
