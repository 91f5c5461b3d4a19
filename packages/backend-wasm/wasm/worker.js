// A worker thread of the wasm backend: an instance of the kernels on the shared memory, which waits for work
// inside WebAssembly. Plain JavaScript, because the browser and Node load it as it stands.

function start({ module, memory, thread, stackTop }, post) {
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { [name]: memory };
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  exports.use_stack(stackTop);
  post('ready');
  exports.worker(thread);
}

if (globalThis.process?.versions?.node === undefined) {
  self.onmessage = ({ data }) => start(data, (message) => self.postMessage(message));
} else {
  // A name that bundlers for the browser do not follow.
  const name = 'node:worker_threads';
  const { parentPort, workerData } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ name
  );
  start(workerData, (message) => parentPort.postMessage(message));
}
