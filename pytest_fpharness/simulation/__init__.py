"""One run: scheduler, supervisor, observer, fault injector."""
