"""The worker's composition root: settings, adapters, activities, Worker. Imported by nobody."""
