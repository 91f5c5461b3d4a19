/** Milliseconds of one training step, or of one call of a kernel. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  /** How many times were measured. */
  readonly samples?: number;
  /** Where there are enough of them: holds the true median in at least 95 of 100 runs. */
  readonly interval?: readonly [number, number];
}

/** What ran beside convnet, in the same run on the same machine. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Its time for the same work. */
  readonly ms: Timing;
}

/** How a network was trained. */
export interface TrainingFigures {
  readonly epochs: number;
  readonly batchSize: number;
  /** Training samples that were used. */
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Mean training loss of the last epoch. */
  readonly loss: number;
  /** Of training alone, without the test. */
  readonly seconds: number;
  readonly secondsPerEpoch: number;
  readonly samplesPerSecond: number;
}

/** The same work done by convnet in another way, in the same run. */
export interface Beside {
  /** What is different, such as '1 thread'. */
  readonly name: string;
  readonly ms: Timing;
}

/** How fast a kernel or a network is. */
export interface KernelFigures {
  /** Billions of floating point operations per second, from the median time; null where that says nothing. */
  readonly gflops: number | null;
  /**
   * Its inputs and outputs, each counted once, in billions of bytes per second of the median time; null where
   * that says nothing.
   */
  readonly gigabytesPerSecond: number | null;
  /** The least time that the machine's limits allow for the work, over the least that was measured. */
  readonly shareOfLimit?: number;
}

/** What a training loop holds at an early step and at its end. */
export interface MemoryFigures {
  readonly steps: number;
  readonly early: MemoryReading;
  readonly late: MemoryReading;
}

export interface MemoryReading {
  readonly step: number;
  /** Memory blocks of tensors. */
  readonly liveBuffers: number;
  /** Bytes that they take. */
  readonly liveBytes: number;
  /** Bytes taken from the system. */
  readonly reservedBytes: number;
}

/** Memory that something takes, next to a yardstick where there is one. */
export interface PeakMemory {
  readonly bytes: number;
  /** What `bytes` are compared with. */
  readonly yardstick: string | null;
  readonly yardstickBytes: number | null;
  /** `bytes` over `yardstickBytes`: below 1, it takes less. */
  readonly ratio: number | null;
}

/** One training of several that differ in their seed. */
export interface SeedFigures {
  readonly seed: number;
  /** On the test samples. */
  readonly accuracy: number;
  readonly seconds: number;
  /** Seconds of a core. */
  readonly coreSeconds: number;
  /** Which of the report's sessions it was trained in. */
  readonly session: string;
  readonly curve: readonly {
    readonly epoch: number;
    /** Mean training loss. */
    readonly loss: number;
    readonly validationAccuracy: number;
    readonly validationLoss: number;
    readonly coreSeconds: number;
  }[];
}

/** The same trainings, on the same samples with the same rate, by another library. */
export interface PeerTrainings {
  readonly name: string;
  readonly version: string;
  readonly seeds: readonly SeedFigures[];
}

/** A network that was compared with others under one recipe. */
export interface ComparisonFigures {
  readonly family: string;
  /** Whether it has the fewest MACs of its family. */
  readonly smallest: boolean;
  /** The learning rate that was chosen, and what each that was tried reached on the validation samples. */
  readonly rate: number;
  readonly rates: readonly { readonly rate: number; readonly validationAccuracy: number | null }[];
  /** Passes that the recipe has; the row's training has fewer where the budget did not allow them. */
  readonly recipeEpochs: number;
  readonly seeds: readonly SeedFigures[];
  /** Trainings that the plan has. */
  readonly plannedSeeds: number;
  /** Trainings that ended with an error: no mean has them. */
  readonly failedSeeds?: readonly { readonly seed: number; readonly error: RowError }[];
  /** Milliseconds of the compiled network for one sample. */
  readonly inference: Timing;
  /** Which of the report's sessions that was measured in, which need not be the row's. */
  readonly inferenceSession?: string;
  /** Whether it was measured apart from the trainings, in turns with other networks. */
  readonly inferenceApart?: boolean;
  /** Most bytes that a device had taken from the system after a training. */
  readonly memoryBytes: number;
  /** Of some networks: what another library reaches. */
  readonly peer?: PeerTrainings;
}

/** A layer of a network, alone, on one of several devices. */
export interface LayerFigures {
  /** Of the first of `count` layers that do the same work. */
  readonly path: string;
  readonly count: number;
  /** 'pointwise': a convolution whose window is 1. */
  readonly kind: 'convolution' | 'pointwise' | 'depthwise' | 'linear';
  /** Batch included. */
  readonly inputShape: readonly number[];
  /** Of one forward call with the batch. */
  readonly macs: number;
  /** Of its input, output and parameters, each counted once. */
  readonly bytes: number;
  /** The least milliseconds of a call. */
  readonly ms: number;
}

/** Billions of bytes per second that a device reads and writes in sums of tensors. */
export interface BandwidthFigures {
  /** Of the best size, whose operands may lie in caches. */
  readonly best: number;
  /** Of the greatest that was tried. */
  readonly ofLargest: number;
}

/** What a network does on one of several devices. */
export interface DeviceFigures {
  /** Milliseconds of a training step for each sample of its batch. */
  readonly trainingMsPerSample: number;
  /** Milliseconds of the compiled network for one sample. */
  readonly inference: Timing;
  /** Multiply-accumulates per second, in billions: forward and backward of a step (three times forward), and inference. */
  readonly trainingGmacs: number;
  readonly inferenceGmacs: number;
  /** Of the device's best matrix product in this run: what its MACs per second are a share of. */
  readonly limitGmacs: number;
  readonly shareOfLimit: number;
  /** Taken from the system after the steps. */
  readonly memoryBytes: number;
  /** Its convolutions and linear layers, forward with the batch of a step. */
  readonly layers?: readonly LayerFigures[];
  readonly bandwidth?: BandwidthFigures;
}

/** What the authors of a network report on the same set. */
export interface PublishedFigures {
  /** 0 to 1. */
  readonly accuracy: number;
  /** What was published: the mean accuracy of several networks, or the accuracy of their ensemble. */
  readonly joins: 'mean' | 'vote';
  /** The same of the row's networks. */
  readonly found: number;
}

/** Why a row has no figures. */
export interface RowError {
  /** Class of the error. */
  readonly name: string;
  readonly message: string;
}

/** One result. A field is null where it means nothing for the suite, or where the row failed. */
export interface Row {
  readonly suite: string;
  /** Id of the report's session that it was measured in: machine and versions. */
  readonly session?: string;
  /** Name of the model or kernel. */
  readonly model: string;
  /** Spatial axes. */
  readonly dims: number | null;
  readonly backend: string;
  readonly threads: number;
  readonly dataset: string | null;
  /** Shape of the input, batch included where the time is of a batch. */
  readonly inputShape: readonly number[] | null;
  readonly params: number | null;
  /** Multiply-accumulates for one sample, or of one call of a kernel. 1 MAC is 2 FLOPs. */
  readonly macs: number | null;
  /** On the whole test set, 0 to 1; the mean where there are several seeds. */
  readonly accuracy: number | null;
  /** Of trainings that differ in their seed. */
  readonly accuracies?: readonly number[];
  readonly ms: Timing | null;
  readonly training?: TrainingFigures;
  readonly published?: PublishedFigures;
  readonly comparison?: ComparisonFigures;
  readonly kernel?: KernelFigures;
  readonly onDevice?: DeviceFigures;
  readonly memory?: MemoryFigures;
  readonly peak?: PeakMemory;
  readonly peer?: Peer;
  readonly beside?: Beside;
  /** The median time of `peer` or `beside` over that of the row: above 1, the row is faster. */
  readonly ratio?: number;
  /** The same of the least times. */
  readonly ratioOfMinima?: number;
  readonly error?: RowError;
}
