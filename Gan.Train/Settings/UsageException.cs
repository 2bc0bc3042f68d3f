namespace Gan.Train.Settings;

/// <summary>
/// Bad usage or bad input, found before the first step: the program prints the message and exits with 2.
/// The message says what was asked, what was found and what to do.
/// </summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
