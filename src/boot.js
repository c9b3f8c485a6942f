// Starts the web app, or says why it cannot start. Where the glue and the wasm are, the page's
// preload links know; the browser has begun to fetch both before this runs.

const ADVICE = {
  old: [
    'This browser cannot run P2P Live: it lacks WebAssembly or WebRTC. Please use a recent ' +
      'Firefox, Chrome, Edge or Safari, and check that no extension or setting switches WebRTC off.',
    '此浏览器无法运行 P2P Live：缺少 WebAssembly 或 WebRTC。请使用新版 Firefox、Chrome、Edge 或 ' +
      'Safari，并检查是否有扩展或设置禁用了 WebRTC。',
  ],
  load: [
    'P2P Live could not be loaded. Please check your connection and reload the page.',
    'P2P Live 未能加载。请检查网络连接，然后重新加载页面。',
  ],
};

function fail([english, chinese], detail) {
  const box = document.getElementById('boot-error');
  const lines = [[english, 'en'], [chinese, 'zh']];
  if (document.documentElement.lang.startsWith('zh')) lines.reverse();
  for (const [text, lang] of lines) {
    const line = document.createElement('p');
    line.lang = lang;
    line.textContent = text;
    box.append(line);
  }
  if (detail) {
    const line = document.createElement('pre');
    line.textContent = detail;
    box.append(line);
  }
  box.hidden = false;
}

const href = (selector) => document.querySelector(selector).href;

if (typeof WebAssembly !== 'object' || typeof RTCPeerConnection !== 'function') {
  fail(ADVICE.old);
} else {
  try {
    const app = await import(href('link[rel=modulepreload]'));
    await app.default({ module_or_path: href('link[as=fetch]') });
  } catch (error) {
    fail(ADVICE.load, String(error));
  }
}
