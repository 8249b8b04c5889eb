import { z } from 'zod';
import { LONGEST_ADDRESS, webAddress } from '../read/address.js';

/** A text that is empty or a web address. */
export function addressField() {
  return z
    .string()
    .max(LONGEST_ADDRESS, { abort: true })
    .default('')
    .superRefine((value, context) => {
      const content = value.trim();
      if (content === '' || webAddress(content)) return;
      const message = `Not an address beginning with http:// or https://: "${content}".`;
      context.addIssue({ code: 'custom', message, params: { code: 'address-not-http', content } });
    });
}
