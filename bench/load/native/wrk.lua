-- What wrk measured, as the last line of its output.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"count":%d,"errors":%d,"seconds":%.6f,"p50Us":%d,"p99Us":%d,"p999Us":%d}\n',
    summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
