import { webAddress } from '../read/address.js';

interface Refinement {
  addIssue(issue: { code: 'custom'; message: string; params: Record<string, string> }): void;
}

/** Refuses what is neither empty nor a web address, at its field. */
export function checkAddress(value: string, context: Refinement): void {
  const content = value.trim();
  if (content === '' || webAddress(content)) return;
  const message = `Not an address beginning with http:// or https://: "${content}".`;
  context.addIssue({ code: 'custom', message, params: { code: 'address-not-http', content } });
}
