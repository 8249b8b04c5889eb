// Asks an API once for each line of a CSV file: a row of answers for a row of questions. What fails is tried again, and listed.
import { defineJob, isUpload, rowsOf, StepError, type Upload } from 'tobiishi';
import { z } from 'zod';

export default defineJob({
  name: 'call-api',
  title: 'Ask an API for each line',
  input: z.object({
    list: z.custom<Upload>(isUpload).meta({ title: 'CSV file with a column "id"', widget: 'file', accept: '.csv' }),
    address: z.url().meta({ title: 'Address', description: '{id} stands for the id of the line.' }),
    key: z.string().default('').meta({ title: 'Key', description: 'Sent as a bearer token.', widget: 'secret' }),
  }),
  onFailure: 'continue',
  async *plan({ list }) {
    for await (const { id } of rowsOf(list)) if (id) yield id;
  },
  describe: (id) => id,
  async step(id: string, { input, signal, turn, throttle, idempotencyKey }) {
    const address = input.address.replace('{id}', encodeURIComponent(id)).replace('%7Bid%7D', encodeURIComponent(id));
    // At most five requests a second, whoever asks.
    await turn(new URL(address).host, 200);
    const headers = { authorization: `Bearer ${input.key}`, 'idempotency-key': idempotencyKey };
    const response = await fetch(address, { headers, signal });
    if (response.status === 429) throttle(Number(response.headers.get('retry-after') ?? 30) * 1000);
    if (!response.ok) {
      throw new StepError('refused', `the API answers ${response.status}`, { retry: response.status >= 500 });
    }
    return { rows: [{ id, ...((await response.json()) as Record<string, string>) }] };
  },
});
