/** A short file of real VP8 frames, recorded by the browser itself. */
export async function clip(browser) {
  const maker = await browser.newPage();
  const bytes = await maker.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 240];
    const context = canvas.getContext('2d');
    let step = 0;
    const timer = setInterval(() => {
      context.fillStyle = `hsl(${(step * 20) % 360} 80% 50%)`;
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = 'black';
      context.fillRect((step * 10) % 300, 100, 20, 40);
      step += 1;
    }, 40);
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.start();
    await new Promise((resolve) => { setTimeout(resolve, 2_000); });
    const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.stop();
    await stopped;
    clearInterval(timer);
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await maker.close();
  return { name: 'clip.webm', mimeType: 'video/webm', buffer: Buffer.from(bytes) };
}
