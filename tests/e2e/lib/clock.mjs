// Reading the test picture: how old it is, how many there are, how good they still are.
// The block code is described in src/web/capture/pattern/code.rs.

/** Runs in a page: notes every picture that its player shows from now on, for `recorded`. */
export function record(page) {
  return page.getByTestId('player').evaluate((player) => {
    const [cells, left, top, width, height] = [51, 14, 8, 12, 24];
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const record = { frames: [], kept: new Map() };
    window.record = record;

    const decode = (data, stride, scale) => {
      const luma = (cell) => {
        let [sum, count] = [0, 0];
        for (let y = Math.floor((top + height / 4) * scale); y < (top + (height * 3) / 4) * scale; y += 1) {
          const from = left + cell * width;
          for (let x = Math.floor((from + width / 4) * scale); x < (from + (width * 3) / 4) * scale; x += 1) {
            sum += data[(y * stride + x) * 4 + 1];
            count += 1;
          }
        }
        return sum / count;
      };
      const [white, black] = [luma(0), luma(1)];
      if (white - black < 64) return null;
      const bits = Array.from({ length: cells - 2 }, (_, i) => luma(i + 2) > (white + black) / 2);
      const parity = bits.pop();
      if (parity !== (bits.filter(Boolean).length % 2 === 1)) return null;
      return bits.reduce((time, bit) => time * 2 + Number(bit), 0);
    };

    const frame = (now) => {
      if (window.record !== record) return;
      player.requestVideoFrameCallback(frame);
      const [w, h] = [player.videoWidth, player.videoHeight];
      if (!w) return;
      [canvas.width, canvas.height] = [w, h];
      context.drawImage(player, 0, 0);
      const { data } = context.getImageData(0, 0, w, h);
      const time = decode(data, w, w / 640);
      const shown = performance.timeOrigin + now;
      record.frames.push({ shown, time, width: w });
      if (time !== null && w === 640) {
        // The luma of the last pictures, to compare with the same pictures elsewhere.
        const luma = new Uint8Array(w * h);
        for (let at = 0; at < luma.length; at += 1) {
          luma[at] = 0.299 * data[at * 4] + 0.587 * data[at * 4 + 1] + 0.114 * data[at * 4 + 2];
        }
        record.kept.set(time, luma);
        if (record.kept.size > 90) record.kept.delete(record.kept.keys().next().value);
      }
    };
    player.requestVideoFrameCallback(frame);
  });
}

/** The pictures since `record`: when each was shown, and the time that it carries (or null). */
export function recorded(page) {
  return page.evaluate(() => window.record.frames);
}

/** Ends the recording; the last pictures stay for `lumaOf`. */
export function stopRecording(page) {
  return page.evaluate(() => {
    window.kept = window.record.kept;
    const frames = window.record.frames;
    window.record = null;
    return { frames, times: [...window.kept.keys()] };
  });
}

/** The luma plane of the kept picture that carries `time`. */
export async function lumaOf(page, time) {
  const base64 = await page.evaluate((time) => {
    const luma = window.kept.get(time);
    let bytes = '';
    for (let at = 0; at < luma.length; at += 0x8000) {
      bytes += String.fromCharCode(...luma.subarray(at, at + 0x8000));
    }
    return btoa(bytes);
  }, time);
  return Buffer.from(base64, 'base64');
}

/** Peak signal-to-noise ratio of two pictures, in dB. */
export function psnr(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] - b[at]) ** 2;
  return sum === 0 ? 99 : 10 * Math.log10((255 ** 2 * a.length) / sum);
}

/** The value below which the share `at` of `values` lies. */
export function percentile(values, at) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
}
