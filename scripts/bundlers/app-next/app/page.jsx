'use client';

import { useEffect } from 'react';
import { run } from '../src/run.js';

export default function Page() {
  useEffect(() => void run(), []);
  return <p>convnet</p>;
}
