"""The macro `LambdaAliasPromotion`: wakes and orders promotions; runs in Lambda, calls nothing."""
