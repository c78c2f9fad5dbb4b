namespace DecoupleQ.Models;

/// <summary>What an operation does for one token, on average over a sequence.</summary>
/// <param name="Products">Multiply-adds with weights.</param>
/// <param name="Attention">Multiply-adds of scores and of sums of values.</param>
/// <param name="Elements">Numbers made one by one: by a norm, a rotation, an activation, a sum.</param>
internal readonly record struct OperationWork(double Products, double Attention, double Elements);
