/** Metrics by prom-client, in a registry of their own, and their text for `GET /metrics`. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricTable } from '../core/metrics.ts';
import type { MetricName, Metrics } from '../core/metrics.ts';

export interface ExposedMetrics extends Metrics {
  readonly contentType: string;
  /** All metrics in the Prometheus text format. */
  expose(): Promise<string>;
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** People take minutes and hours to decide. */
const waitBuckets = [1, 5, 15, 60, 300, 900, 3600, 14_400, 28_800, 86_400];

/** Also collects the process's own figures: memory, CPU, event loop, garbage collection. */
export function createMetrics(): ExposedMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const [key, { kind, help, labels }] of Object.entries(metricTable)) {
    // Object.entries widens the keys of a closed table to strings.
    const name = key as MetricName;
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    switch (kind) {
      case 'counter':
        counters.set(name, new Counter(options));
        break;
      case 'gauge':
        gauges.set(name, new Gauge(options));
        break;
      case 'histogram':
        histograms.set(
          name,
          new Histogram({ ...options, buckets: name.includes('_wait_') ? waitBuckets : secondsBuckets }),
        );
        break;
      default:
        kind satisfies never;
    }
  }
  return {
    contentType: registry.contentType,
    expose: () => registry.metrics(),
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
  };
}
