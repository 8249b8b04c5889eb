// A ZIP of pictures in, small ones out: each picture is a step, so that a thousand of them fit into requests of seconds.
import { unzipSync } from 'fflate';
import { Jimp } from 'jimp';
import { defineJob, isUpload, StepError, type Upload } from 'tobiishi';
import { z } from 'zod';

export default defineJob({
  name: 'thumbnails',
  title: 'Make pictures small',
  input: z.object({
    pictures: z.custom<Upload>(isUpload).meta({ title: 'Pictures, as ZIP', widget: 'file', accept: '.zip', maxMb: 50 }),
    width: z.coerce.number().int().min(16).max(2000).default(200).meta({ title: 'Width' }),
  }),
  onFailure: 'continue',
  async plan({ pictures }) {
    return Object.keys(unzipSync(await pictures.bytes(), { filter: () => true })).filter((name) =>
      /\.(png|jpe?g)$/i.test(name),
    );
  },
  describe: (name) => name,
  async step(name: string, { input, file }) {
    const archive = await file('pictures').bytes();
    const { [name]: bytes } = unzipSync(archive, { filter: (entry) => entry.name === name });
    const picture = await Jimp.read(Buffer.from(bytes ?? [])).catch((cause) => {
      throw new StepError('no-picture', `${name} is no picture`, { retry: false, cause });
    });
    picture.scaleToFit({ w: input.width, h: 10_000 });
    const small = await picture.getBuffer('image/png');
    return {
      rows: [{ name, width: picture.width, height: picture.height }],
      files: [{ name: `${name.replace(/\.\w+$/, '')}.png`, type: 'image/png', content: small }],
    };
  },
});
