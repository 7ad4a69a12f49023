"""The provider of Custom::LambdaAliasPromotion; `app.py` is the entry."""
