namespace Gan.Train.Data;

/// <summary>The one exception for a data source that cannot be used; the message names it, what was found, and what to do. Exit code 2.</summary>
internal sealed class DataException(string message) : Exception(message);
