"""Arrival forecasts learnt from past purchase orders, their tuning and backtest; suppliers' reliability."""
