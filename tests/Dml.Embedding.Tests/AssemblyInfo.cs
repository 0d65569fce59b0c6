// The tests read libvips' memory counters, which belong to the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
