return Gan.Bench.BenchApp.Run(args, Console.Out, Console.Error);
