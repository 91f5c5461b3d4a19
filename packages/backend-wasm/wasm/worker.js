// A worker thread of the wasm backend: an instance of the kernels on the shared memory, which waits for work
// inside WebAssembly. Plain JavaScript without imports, exports and top-level await, because the browser loads it as
// it stands or as a bundler wraps it, in older ones as a classic script. `worker-node.js` loads it in Node.

self.onmessage = ({ data: { module, memory, thread, stackTop } }) => {
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { [name]: memory };
  }
  const kernels = new WebAssembly.Instance(module, imports).exports;
  kernels.use_stack(stackTop);
  self.postMessage('ready');
  kernels.worker(thread);
};
