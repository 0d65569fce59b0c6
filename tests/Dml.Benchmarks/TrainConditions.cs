namespace Dml.Benchmarks;

/// <summary>How training steps are measured.</summary>
/// <param name="Threads">Threads of the tensor library.</param>
/// <param name="ProcessorTime">Whether the process's processor time counts, instead of the time on the wall.</param>
/// <param name="ChannelsLast">Whether single precision uses the channels-last layout too, as bfloat16 always does.</param>
internal sealed record TrainConditions(int Threads, bool ProcessorTime, bool ChannelsLast);
